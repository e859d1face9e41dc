//! Which functions a read may call. Pure: facts of the catalogue in, a judgement out.
//!
//! A built-in function may be called when PostgreSQL declares it stable or immutable and it
//! is not on the deny list, or when it is volatile and on the reviewed list of harmless
//! ones. A function of somebody else may be called only when it is compiled code of an
//! extension on the trusted list. Everything else is refused.
//!
//! Source: every function of `pg_catalog` that PostgreSQL 15 declares volatile is in one of
//! the lists here (a test asks the server), and those that 16 to 18 added, from their manuals.

/// What the catalogue says about one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// `i`mmutable, `s`table or `v`olatile, as declared.
    pub volatility: char,
    /// `f`unction, `a`ggregate, `w`indow function, `p`rocedure.
    pub kind: char,
    pub language: String,
    pub is_owned_by_superuser: bool,
    /// Takes or returns text of the C level, or a type that SQL cannot name: the inner parts
    /// of types, which run other code by number.
    pub is_internal: bool,
    pub extension: Option<String>,
    /// Languages of the functions an aggregate is made of, without those built in.
    pub part_languages: Vec<String>,
    pub argument_types: Vec<u32>,
    /// The result's type and, for a table-returning function, those of its columns.
    pub result_types: Vec<u32>,
}

/// The first object number that PostgreSQL itself does not use (`FirstNormalObjectId`).
pub(super) const FIRST_USER_OID: u32 = 16384;

impl Function {
    pub fn is_builtin(&self) -> bool {
        self.oid < FIRST_USER_OID
    }

    /// Compiled code that only a superuser can have put there and that is declared to
    /// change nothing.
    fn is_quiet_native(&self) -> bool {
        let is_native = |language: &str| matches!(language, "c" | "internal");
        is_native(&self.language)
            && self.volatility != 'v'
            && self.is_owned_by_superuser
            && self.part_languages.iter().all(|language| is_native(language))
    }
}

/// Judges a function that a statement names. The error says what is wrong, without a stop.
pub(super) fn rate_called(function: &Function) -> Result<(), String> {
    let name = &function.name;
    if function.kind == 'p' {
        return Err(format!("{name} is a procedure"));
    }
    if !function.is_builtin() {
        return rate_foreign(function);
    }
    if let Some(reason) = denied(name) {
        return Err(format!("{name} {reason}"));
    }
    if function.is_internal && !SAMPLING_METHODS.contains(&name.as_str()) {
        return Err(format!("{name} is an inner part of a type, not meant to be called"));
    }
    if function.volatility == 'v' && !HARMLESS_VOLATILE.contains(&name.as_str()) {
        return Err(format!("{name} is volatile and not on the list of harmless functions"));
    }
    Ok(())
}

/// Judges a function that runs without being named: behind an operator, a cast or a type.
/// Compiled code of any extension passes here, or no column of its types could be read.
pub(super) fn rate_implicit(function: &Function) -> Result<(), String> {
    if function.is_builtin() || function.is_quiet_native() {
        return Ok(());
    }
    rate_foreign(function)
}

fn rate_foreign(function: &Function) -> Result<(), String> {
    let full = format!("{}.{}", function.schema, function.name);
    let trusted = function
        .extension
        .as_deref()
        .and_then(|extension| TRUSTED_EXTENSIONS.iter().find(|(name, _)| *name == extension));
    let Some((extension, reviewed)) = trusted else {
        return Err(format!(
            "{full} is a function that somebody made, and what it does cannot be seen from here"
        ));
    };
    if function.language == "c" && function.is_owned_by_superuser && reviewed.contains(&function.name.as_str()) {
        return Ok(());
    }
    if function.is_quiet_native() && denied(&function.name).is_none() {
        return Ok(());
    }
    Err(format!(
        "{full} of the extension {extension} is not on the list of its harmless functions"
    ))
}

/// Why a built-in function is never called by a read, whatever its volatility.
fn denied(name: &str) -> Option<&'static str> {
    let matches = |pattern: &str| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    };
    DENIED
        .iter()
        .find(|(_, patterns)| patterns.iter().any(|pattern| matches(pattern)))
        .map(|(reason, _)| *reason)
}

/// By reason. A pattern that ends in `*` stands for every name that begins so.
const DENIED: &[(&str, &[&str])] = &[
    (
        "reads or lists files of the server",
        &[
            "pg_read_file*",
            "pg_read_binary_file",
            "pg_ls_*",
            "pg_stat_file",
            "pg_current_logfile",
            "pg_hba_file_rules",
            "pg_ident_file_mappings",
            "pg_show_all_file_settings",
            "pg_available_wal_summaries",
            "pg_wal_summary_contents",
        ],
    ),
    (
        "writes files of the server",
        &["pg_file_*", "pg_import_system_collations", "pg_extension_config_dump"],
    ),
    ("reads or writes large objects", &["lo_*", "loread", "lowrite"]),
    (
        "runs a text as SQL, which cannot be judged from here",
        &[
            "query_to_xml*",
            "cursor_to_xml*",
            "table_to_xml*",
            "schema_to_xml*",
            "database_to_xml*",
            "ts_stat",
            "ts_rewrite",
        ],
    ),
    (
        "ends or disturbs other sessions",
        &[
            "pg_terminate_backend",
            "pg_cancel_backend",
            "pg_log_backend_memory_contexts",
            "pg_get_process_memory_contexts",
        ],
    ),
    (
        "acts on the whole server",
        &[
            "pg_reload_conf",
            "pg_rotate_logfile*",
            "pg_promote",
            "pg_switch_wal",
            "pg_create_restore_point",
            "pg_backup_*",
            "pg_start_backup",
            "pg_stop_backup",
            "pg_wal_replay_pause",
            "pg_wal_replay_resume",
            "pg_log_standby_snapshot",
            "pg_stop_making_pinned_objects",
            "binary_upgrade_*",
            "pg_nextoid",
        ],
    ),
    (
        "changes or reads the stream of replication",
        &[
            "pg_create_physical_replication_slot",
            "pg_create_logical_replication_slot",
            "pg_copy_*",
            "pg_drop_replication_slot",
            "pg_replication_slot_advance",
            "pg_sync_replication_slots",
            "pg_logical_*",
            "pg_replication_origin_*",
        ],
    ),
    (
        "takes or drops locks that outlive the statement",
        &["pg_advisory_*", "pg_try_advisory_*"],
    ),
    ("sends a message to other sessions", &["pg_notify"]),
    ("changes a setting of the session", &["set_config", "setseed"]),
    (
        "moves a sequence, or needs one moved in this session",
        &["nextval", "setval", "currval", "lastval", "pg_get_next_sequence_value"],
    ),
    (
        "takes a transaction number, which is a write",
        &["txid_current", "pg_current_xact_id"],
    ),
    (
        "shares this transaction's snapshot with other sessions",
        &["pg_export_snapshot"],
    ),
    ("only waits", &["pg_sleep*"]),
    (
        "resets or forces statistics",
        &[
            "pg_stat_reset*",
            "pg_stat_clear_snapshot",
            "pg_stat_force_next_flush",
            "pg_restore_relation_stats",
            "pg_restore_attribute_stats",
            "pg_clear_relation_stats",
            "pg_clear_attribute_stats",
        ],
    ),
    (
        "changes an index",
        &["brin_summarize_*", "brin_desummarize_range", "gin_clean_pending_list"],
    ),
    (
        "runs the code of a type or a language by its number or name, which cannot be judged from here",
        &[
            "fmgr_c_validator",
            "fmgr_internal_validator",
            "fmgr_sql_validator",
            "plpgsql_*",
            "pg_input_is_valid",
            "pg_input_error_info",
            "domain_in",
            "domain_recv",
            "array_in",
            "record_in",
        ],
    ),
    ("follows row versions", &["currtid*"]),
    (
        "belongs to a trigger, an index or a language",
        &[
            "RI_FKey_*",
            "suppress_redundant_updates_trigger",
            "tsvector_update_trigger*",
            "unique_key_recheck",
            "amvalidate",
            "brinhandler",
            "bthandler",
            "ginhandler",
            "gisthandler",
            "hashhandler",
            "spghandler",
            "heap_tableam_handler",
            "dsnowball_*",
            "pg_event_trigger_*",
        ],
    ),
];

/// Volatile by declaration, because their result changes by itself, but they change nothing.
pub(super) const HARMLESS_VOLATILE: &[&str] = &[
    // Chance and clocks.
    "array_sample",
    "array_shuffle",
    "clock_timestamp",
    "gen_random_uuid",
    "random",
    "random_normal",
    "timeofday",
    // Of a time of day with a zone; stable since 15.
    "timezone",
    "uuidv4",
    "uuidv7",
    // Sizes.
    "pg_database_size",
    "pg_indexes_size",
    "pg_relation_size",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_total_relation_size",
    // Where the write-ahead log and replication stand.
    "pg_control_checkpoint",
    "pg_control_init",
    "pg_control_recovery",
    "pg_control_system",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_get_wal_replay_pause_state",
    "pg_get_wal_resource_managers",
    "pg_get_wal_summarizer_state",
    "pg_is_in_backup",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_show_replication_origin_status",
    // Transactions, locks and waiting.
    "pg_blocking_pids",
    "pg_get_multixact_members",
    "pg_isolation_test_session_is_blocked",
    "pg_last_committed_xact",
    "pg_lock_status",
    "pg_prepared_xact",
    "pg_safe_snapshot_blocking_pids",
    "pg_xact_commit_timestamp",
    "pg_xact_commit_timestamp_origin",
    "pg_xact_status",
    "txid_status",
    // Statistics and memory.
    "pg_get_aios",
    "pg_get_backend_memory_contexts",
    "pg_get_loaded_modules",
    "pg_get_shmem_allocations",
    "pg_get_shmem_allocations_numa",
    "pg_get_wait_events",
    "pg_stat_get_backend_io",
    "pg_stat_get_backend_wal",
    "pg_stat_get_io",
    "pg_stat_get_recovery_prefetch",
    "pg_stat_get_xact_blocks_fetched",
    "pg_stat_get_xact_blocks_hit",
    "pg_stat_get_xact_function_calls",
    "pg_stat_get_xact_function_self_time",
    "pg_stat_get_xact_function_total_time",
    "pg_stat_get_xact_numscans",
    "pg_stat_get_xact_tuples_deleted",
    "pg_stat_get_xact_tuples_fetched",
    "pg_stat_get_xact_tuples_hot_updated",
    "pg_stat_get_xact_tuples_inserted",
    "pg_stat_get_xact_tuples_newpage_updated",
    "pg_stat_get_xact_tuples_returned",
    "pg_stat_get_xact_tuples_updated",
    "pg_stat_have_stats",
    "pg_notification_queue_usage",
    // Facts about objects.
    "current_query",
    "pg_collation_actual_version",
    "pg_database_collation_actual_version",
    "pg_get_sequence_data",
    "pg_jit_available",
    "pg_partition_ancestors",
    "pg_partition_tree",
    "pg_sequence_last_value",
    "pg_sequence_read_tuple",
    // TABLESAMPLE.
    "bernoulli",
    "system",
];

/// Called by TABLESAMPLE; SQL itself cannot call them.
const SAMPLING_METHODS: &[&str] = &["bernoulli", "system"];

/// Extensions whose compiled stable and immutable functions were looked at and only compute,
/// with those of their volatile functions that only read.
///
/// Deliberately absent, though they have stable functions: dblink, postgres_fdw, tablefunc and
/// xml2 (they run texts as SQL), adminpack, file_fdw and pageinspect (they read files or raw
/// pages), lo, pg_surgery, pg_prewarm. PostGIS and vector are not reviewed yet: their columns
/// and operators can be read, their functions not.
const TRUSTED_EXTENSIONS: &[(&str, &[&str])] = &[
    ("btree_gin", &[]),
    ("btree_gist", &[]),
    ("citext", &[]),
    ("cube", &[]),
    ("fuzzystrmatch", &[]),
    ("hstore", &[]),
    (
        "hypopg",
        &[
            "hypopg",
            "hypopg_get_indexdef",
            "hypopg_hidden_indexes",
            "hypopg_relation_size",
        ],
    ),
    ("intarray", &[]),
    ("isn", &[]),
    ("ltree", &[]),
    (
        "pg_buffercache",
        &[
            "pg_buffercache_pages",
            "pg_buffercache_summary",
            "pg_buffercache_usage_counts",
        ],
    ),
    ("pg_stat_statements", &["pg_stat_statements", "pg_stat_statements_info"]),
    ("pg_trgm", &[]),
    ("pgcrypto", &[]),
    (
        "pgstattuple",
        &[
            "pg_relpages",
            "pgstatginindex",
            "pgstathashindex",
            "pgstatindex",
            "pgstattuple",
            "pgstattuple_approx",
        ],
    ),
    ("seg", &[]),
    ("unaccent", &[]),
    ("uuid-ossp", &[]),
];

/// Whether a volatile built-in function was looked at, with either result.
#[cfg(test)]
pub(super) fn is_rated(name: &str) -> bool {
    denied(name).is_some() || HARMLESS_VOLATILE.contains(&name)
}
