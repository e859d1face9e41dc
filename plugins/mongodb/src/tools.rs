//! The tools, one file each; the list is in the order to show.

mod compact_collection;
mod create_index;
mod create_user;
mod drop_index;
mod drop_user;
mod explain_query;
mod get_collection_stats;
mod get_current_ops;
mod get_database_stats;
mod get_profiler_data;
mod get_repl_status;
mod get_server_status;
mod grant_roles;
mod kill_operation;
pub(crate) mod list_collections;
mod list_indexes;
mod reindex_collection;
mod revoke_roles;
mod run_query;
mod set_profiling_level;

#[cfg(test)]
mod access_tests;
#[cfg(test)]
mod bad_luck_tests;
#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod guard_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod replica_set_tests;

use steersman_toolkit::Tool;

pub(crate) fn all() -> Vec<Tool> {
    vec![
        Tool::query(get_profiler_data::GetProfilerData),
        Tool::query(explain_query::ExplainQuery),
        Tool::query(list_indexes::ListIndexes),
        Tool::query(list_collections::ListCollections),
        Tool::query(get_collection_stats::GetCollectionStats),
        Tool::query(get_database_stats::GetDatabaseStats),
        Tool::query(get_current_ops::GetCurrentOps),
        Tool::query(get_server_status::GetServerStatus),
        Tool::query(get_repl_status::GetReplStatus),
        Tool::query(run_query::RunQuery),
        Tool::change(create_index::CreateIndex),
        Tool::change(drop_index::DropIndex),
        Tool::change(compact_collection::CompactCollection),
        Tool::change(reindex_collection::ReindexCollection),
        Tool::change(kill_operation::KillOperation),
        Tool::change(set_profiling_level::SetProfilingLevel),
        Tool::change(create_user::CreateUser),
        Tool::change(grant_roles::GrantRoles),
        Tool::change(revoke_roles::RevokeRoles),
        Tool::change(drop_user::DropUser),
    ]
}
