//! What a query may say. Stages and operators of MongoDB 7.0's manual that neither write, nor run JavaScript, nor wait, nor
//! look at the server instead of the data.

/// Stages of a pipeline.
#[rustfmt::skip]
pub(super) const STAGES: &[&str] = &[
    "$addFields", "$bucket", "$bucketAuto", "$count", "$densify", "$facet", "$fill", "$geoNear", "$graphLookup", "$group",
    "$limit", "$lookup", "$match", "$project", "$redact", "$replaceRoot", "$replaceWith", "$sample", "$set",
    "$setWindowFields", "$skip", "$sort", "$sortByCount", "$unionWith", "$unset", "$unwind",
];

pub(super) fn is_operator(name: &str) -> bool {
    [QUERY, EXPRESSION, ACCUMULATOR].iter().any(|list| list.contains(&name))
}

/// Operators of filters and projections.
#[rustfmt::skip]
const QUERY: &[&str] = &[
    "$all", "$and", "$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet", "$box", "$caseSensitive", "$center",
    "$centerSphere", "$comment", "$diacriticSensitive", "$elemMatch", "$eq", "$exists", "$expr", "$geoIntersects",
    "$geoWithin", "$geometry", "$gt", "$gte", "$in", "$jsonSchema", "$language", "$lt", "$lte", "$maxDistance", "$meta",
    "$minDistance", "$mod", "$ne", "$near", "$nearSphere", "$nin", "$nor", "$not", "$options", "$or", "$polygon", "$regex",
    "$sampleRate", "$search", "$size", "$slice", "$text", "$type",
];

/// Operators of expressions.
#[rustfmt::skip]
const EXPRESSION: &[&str] = &[
    "$abs", "$acos", "$acosh", "$add", "$allElementsTrue", "$anyElementTrue", "$arrayElemAt", "$arrayToObject", "$asin",
    "$asinh", "$atan", "$atan2", "$atanh", "$binarySize", "$bitAnd", "$bitNot", "$bitOr", "$bitXor", "$bsonSize", "$ceil",
    "$cmp", "$concat", "$concatArrays", "$cond", "$convert", "$cos", "$cosh", "$dateAdd", "$dateDiff", "$dateFromParts",
    "$dateFromString", "$dateSubtract", "$dateToParts", "$dateToString", "$dateTrunc", "$dayOfMonth", "$dayOfWeek",
    "$dayOfYear", "$degreesToRadians", "$divide", "$exp", "$filter", "$floor", "$getField", "$hour", "$ifNull",
    "$indexOfArray", "$indexOfBytes", "$indexOfCP", "$isArray", "$isNumber", "$isoDayOfWeek", "$isoWeek", "$isoWeekYear",
    "$let", "$literal", "$ln", "$log", "$log10", "$ltrim", "$map", "$millisecond", "$minute", "$month", "$multiply",
    "$objectToArray", "$pow", "$radiansToDegrees", "$rand", "$range", "$reduce", "$regexFind", "$regexFindAll",
    "$regexMatch", "$replaceAll", "$replaceOne", "$reverseArray", "$round", "$rtrim", "$second", "$setDifference",
    "$setEquals", "$setField", "$setIntersection", "$setIsSubset", "$setUnion", "$sin", "$sinh", "$sortArray", "$split",
    "$sqrt", "$strLenBytes", "$strLenCP", "$strcasecmp", "$substr", "$substrBytes", "$substrCP", "$subtract", "$switch",
    "$tan", "$tanh", "$toBool", "$toDate", "$toDecimal", "$toDouble", "$toInt", "$toLong", "$toLower", "$toObjectId",
    "$toString", "$toUpper", "$trim", "$trunc", "$tsIncrement", "$tsSecond", "$unsetField", "$week", "$year", "$zip",
];

/// Accumulators and window operators.
#[rustfmt::skip]
const ACCUMULATOR: &[&str] = &[
    "$addToSet", "$avg", "$bottom", "$bottomN", "$count", "$covariancePop", "$covarianceSamp", "$denseRank", "$derivative",
    "$documentNumber", "$expMovingAvg", "$first", "$firstN", "$integral", "$last", "$lastN", "$linearFill", "$locf", "$max",
    "$maxN", "$median", "$mergeObjects", "$min", "$minN", "$percentile", "$push", "$rank", "$shift", "$stdDevPop",
    "$stdDevSamp", "$sum", "$top", "$topN",
];
