//! The tools, one file each; the list is in the order to show.

mod analyze_table;
#[cfg(test)]
mod change_tests;
mod check_health;
mod create_index;
mod create_user;
mod describe_table;
mod drop_index;
mod drop_user;
mod explain_query;
mod get_connection_stats;
mod get_locks;
mod get_replication_status;
mod get_slow_queries;
mod get_table_stats;
pub(crate) mod grant_permission;
mod kill_connection;
mod list_indexes;
mod list_tables;
mod reindex_table;
pub(crate) mod revoke_permission;
pub(crate) mod run_query;
mod run_statement;
mod suggest_indexes;
mod vacuum_table;

use steersman_toolkit::Tool;

pub(crate) fn all() -> Vec<Tool> {
    vec![
        Tool::query(get_slow_queries::GetSlowQueries),
        Tool::query(explain_query::ExplainQuery),
        Tool::query(list_indexes::ListIndexes),
        Tool::query(suggest_indexes::SuggestIndexes),
        Tool::query(get_table_stats::GetTableStats),
        Tool::query(get_connection_stats::GetConnectionStats),
        Tool::query(get_locks::GetLocks),
        Tool::query(get_replication_status::GetReplicationStatus),
        Tool::query(check_health::CheckHealth),
        Tool::query(list_tables::ListTables),
        Tool::query(describe_table::DescribeTable),
        Tool::query(run_query::RunQuery),
        Tool::change(create_index::CreateIndex),
        Tool::change(drop_index::DropIndex),
        Tool::change(analyze_table::AnalyzeTable),
        Tool::change(vacuum_table::VacuumTable),
        Tool::change(reindex_table::ReindexTable),
        Tool::change(create_user::CreateUser),
        Tool::change(drop_user::DropUser),
        Tool::change(grant_permission::GrantPermission),
        Tool::change(revoke_permission::RevokePermission),
        Tool::change(run_statement::RunStatement),
        Tool::change(kill_connection::KillConnection),
    ]
}
