//! The list of plugins. Adding one is one folder and one line here.

use std::sync::Arc;
use steersman_runtime::toolkit::Plugin;

/// All plugins of this build, in the order to show.
pub fn all() -> Vec<Arc<dyn Plugin>> {
    vec![
        Arc::new(steersman_plugin_host::Host),
        Arc::new(steersman_plugin_postgres::Postgres),
        Arc::new(steersman_plugin_mongodb::MongoDb),
    ]
}
