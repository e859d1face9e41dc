//! The tools, one file each; the list is in the order to show.

mod analyze_table;
#[cfg(test)]
mod change_tests;
mod create_index;
mod describe_table;
mod drop_index;
mod explain_query;
mod get_connection_stats;
mod get_locks;
mod get_slow_queries;
mod get_table_stats;
mod kill_connection;
mod list_indexes;
mod list_tables;
pub(crate) mod run_query;

use steersman_toolkit::Tool;

pub(crate) fn all() -> Vec<Tool> {
    vec![
        Tool::query(get_slow_queries::GetSlowQueries),
        Tool::query(explain_query::ExplainQuery),
        Tool::query(list_indexes::ListIndexes),
        Tool::query(get_table_stats::GetTableStats),
        Tool::query(get_connection_stats::GetConnectionStats),
        Tool::query(get_locks::GetLocks),
        Tool::query(list_tables::ListTables),
        Tool::query(describe_table::DescribeTable),
        Tool::query(run_query::RunQuery),
        Tool::change(create_index::CreateIndex),
        Tool::change(drop_index::DropIndex),
        Tool::change(analyze_table::AnalyzeTable),
        Tool::change(kill_connection::KillConnection),
    ]
}
