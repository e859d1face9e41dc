// A form out of a JSON Schema: of a target's settings, or of a tool's arguments.

export type Choice = { value: string; label: string };

export type FormField = {
  name: string;
  title: string;
  /** In words; backticks mark code. */
  description: string;
  kind: 'text' | 'long' | 'secret' | 'number' | 'switch' | 'choice' | 'list' | 'json';
  isRequired: boolean;
  /** As the form shows it before anybody typed. */
  first: FormValue;
  choices: Choice[];
  min?: number;
  max?: number;
  isWhole?: boolean;
};

/** Text for text-like fields, lines for a list. Empty text is "not given". */
export type FormValue = string | boolean;
export type FormValues = Record<string, FormValue>;

type Schema = {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  oneOf?: Schema[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  writeOnly?: boolean;
  'x-slot'?: string;
};

/** Slots whose text runs over several lines. */
const LONG_SLOTS = ['sql', 'statement'];

/** The schema's properties as fields, in their order. A property that is too complex is edited as JSON. */
export function fieldsOf(schema: unknown): FormField[] {
  const { properties = {}, required = [] } = (schema ?? {}) as Schema;
  return Object.entries(properties).map(([name, property]) => fieldOf(name, property, required.includes(name)));
}

function fieldOf(name: string, schema: Schema, isRequired: boolean): FormField {
  const inner = withoutNull(schema);
  const kind = kindOf(inner);
  return {
    name,
    title: inner.title ?? schema.title ?? capital(name.replaceAll('_', ' ')),
    description: schema.description ?? inner.description ?? '',
    kind,
    isRequired,
    first: firstOf(kind, schema.default),
    choices: choicesOf(inner),
    ...(inner.minimum === undefined ? {} : { min: inner.minimum }),
    ...(inner.maximum === undefined ? {} : { max: inner.maximum }),
    ...(inner.type === 'integer' ? { isWhole: true } : {}),
  };
}

/** `type: [x, null]` and `anyOf: [x, null]` are x that may be left out. */
function withoutNull(schema: Schema): Schema {
  if (Array.isArray(schema.type)) {
    const [type] = schema.type.filter((each) => each !== 'null');
    return { ...schema, ...(type === undefined ? {} : { type }) };
  }
  const real = schema.anyOf?.filter((each) => each.type !== 'null');
  return real?.length === 1 && real[0] ? { ...schema, ...real[0] } : schema;
}

function kindOf(schema: Schema): FormField['kind'] {
  if (schema.writeOnly) return 'secret';
  if (choicesOf(schema).length > 0) return 'choice';
  switch (schema.type) {
    case 'boolean':
      return 'switch';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return LONG_SLOTS.includes(schema['x-slot'] ?? '') ? 'long' : 'text';
    case 'array':
      return schema.items?.type === 'string' ? 'list' : 'json';
    default:
      return 'json';
  }
}

function choicesOf(schema: Schema): Choice[] {
  const texts =
    schema.enum ??
    (schema.oneOf?.every((each) => typeof each.const === 'string') ? schema.oneOf.map((each) => each.const) : []);
  return texts.filter((each): each is string => typeof each === 'string').map((each) => ({ value: each, label: each }));
}

function firstOf(kind: FormField['kind'], value: unknown): FormValue {
  return shown(kind, value);
}

function shown(kind: FormField['kind'], value: unknown): FormValue {
  if (kind === 'switch') return value === true;
  if (value === null || value === undefined || kind === 'secret') return '';
  if (kind === 'list') return Array.isArray(value) ? value.join('\n') : '';
  if (kind === 'json') return JSON.stringify(value, null, 2);
  return String(value);
}

/** What the form begins with: what is set already, else the defaults. */
export function valuesOf(fields: FormField[], set: Record<string, unknown> = {}): FormValues {
  return Object.fromEntries(
    fields.map((field) => [field.name, field.name in set ? shown(field.kind, set[field.name]) : field.first]),
  );
}

export type Body = { body: Record<string, unknown>; errors: Record<string, string> };

/** What is sent, and what is wrong before anything is sent, by field. Empty fields are left out. */
export function bodyOf(fields: FormField[], values: FormValues): Body {
  const body: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.name] ?? field.first;
    if (typeof value === 'boolean') {
      body[field.name] = value;
      continue;
    }
    if (value.trim() === '') {
      if (field.isRequired) errors[field.name] = 'This is needed.';
      continue;
    }
    const read = readField(field, value);
    if ('error' in read) errors[field.name] = read.error;
    else body[field.name] = read.value;
  }
  return { body, errors };
}

function readField(field: FormField, text: string): { value: unknown } | { error: string } {
  switch (field.kind) {
    case 'number':
      return readNumber(field, text);
    case 'list':
      return {
        value: text
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== ''),
      };
    case 'json':
      try {
        return { value: JSON.parse(text) };
      } catch {
        return { error: 'This is no JSON.' };
      }
    case 'secret':
      return { value: text };
    case 'text':
    case 'long':
    case 'choice':
    case 'switch':
      return { value: text };
  }
}

function readNumber({ min, max, isWhole }: FormField, text: string): { value: number } | { error: string } {
  const value = Number(text);
  if (!Number.isFinite(value)) return { error: 'This is no number.' };
  if (isWhole && !Number.isInteger(value)) return { error: 'A whole number is needed.' };
  if (min !== undefined && value < min) return { error: `At least ${min}.` };
  if (max !== undefined && value > max) return { error: `At most ${max}.` };
  return { value };
}

/** Errors of the server by the name of the field; what belongs to no field is not in it. `under` is where the fields stand. */
export function errorsByField(errors: { pointer?: string; message: string }[], under: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { pointer, message } of errors) {
    const rest = pointer?.startsWith(`${under}/`) ? pointer.slice(under.length + 1) : undefined;
    const name = rest?.split('/')[0]?.replaceAll('~1', '/').replaceAll('~0', '~');
    if (name) found[name] ??= message;
  }
  return found;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
