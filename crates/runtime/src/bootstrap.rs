//! The first start: everything that has to be there before anybody can ask.

use crate::runtime::Runtime;
use serde_json::json;
use std::sync::Arc;
use steersman_engine::{audit, default_rules::default_policy};
use steersman_protocol::{
    Actor, AuditBody, AuditDraft, AuditResult, Face, OrganizationId, Policy, Problem, Role, Server, ServerId, Target,
    TargetId, User, UserId,
};
use steersman_toolkit::Discovered;

use crate::{
    feed::{FeedItem, TargetChange},
    gateway::ProviderSettings,
    targets::TargetDraft,
};

const SETUP: &str = "Could not prepare the first start";
/// The setting that says that the first start came to its end.
const SETUP_DONE: &str = "setup.done";
/// Name of the first server and of the first target on it.
const HOST_TARGET: &str = "this-machine";

/// What the first start made, or an earlier one had made.
#[derive(Clone, Debug)]
pub struct FirstStart {
    pub organization_id: OrganizationId,
    pub owner: User,
    pub server_id: ServerId,
    pub is_first: bool,
}

impl Runtime {
    /// Creates the organization, its owner, the control plane's own server with the host target, and the default
    /// policy, whichever of them is not there: a first start that was cut off is finished by the next.
    pub async fn first_start(&self, owner_name: &str) -> Result<FirstStart, Problem> {
        let is_first = self.setting(SETUP_DONE).await?.is_none();
        let organization_id = self.ensure_organization().await?;
        self.ensure_policy(organization_id).await?;
        let owner = self.ensure_owner(organization_id, owner_name).await?;
        let server_id = self.ensure_server(organization_id).await?;
        if is_first {
            self.ensure_host_target(&owner, server_id).await?;
            self.store()
                .set_setting(SETUP_DONE, &self.now().to_string())
                .await
                .map_err(|error| error.to_problem(SETUP))?;
        }
        Ok(FirstStart {
            organization_id,
            owner,
            server_id,
            is_first,
        })
    }

    async fn setting(&self, key: &str) -> Result<Option<String>, Problem> {
        self.store().setting(key).await.map_err(|error| error.to_problem(SETUP))
    }

    async fn ensure_organization(&self) -> Result<OrganizationId, Problem> {
        let fail = |error: steersman_store::StoreError| error.to_problem(SETUP);
        if let Some(organization) = self.store().organizations().await.map_err(fail)?.into_iter().next() {
            return Ok(organization.id);
        }
        let id = OrganizationId::from_uuid(self.fresh_id());
        let entry = setup_entry(id, "First start: the organization was created.");
        self.store()
            .create_organization(id, "default", self.now(), entry)
            .await
            .map_err(fail)?;
        Ok(id)
    }

    async fn ensure_policy(&self, organization_id: OrganizationId) -> Result<(), Problem> {
        let fail = |error: steersman_store::StoreError| error.to_problem(SETUP);
        if self.store().policy(organization_id).await.map_err(fail)?.is_none() {
            let entry = setup_entry(organization_id, "First start: the default policy was put in force.");
            self.store()
                .save_policy(organization_id, default_policy(), 0, self.now(), entry)
                .await
                .map_err(fail)?;
        }
        Ok(())
    }

    async fn ensure_owner(&self, organization_id: OrganizationId, name: &str) -> Result<User, Problem> {
        let fail = |error: steersman_store::StoreError| error.to_problem(SETUP);
        let users = self.store().users(organization_id).await.map_err(fail)?;
        if let Some(owner) = users.iter().find(|user| user.role == Role::Owner && user.is_enabled) {
            return Ok(owner.clone());
        }
        if !users.is_empty() {
            let next = "Restore a backup from when there was one";
            return Err(Problem::new("setup.no_owner", SETUP, "no enabled owner is left", next));
        }
        let owner = User {
            id: UserId::from_uuid(self.fresh_id()),
            organization_id,
            name: name.to_owned(),
            role: Role::Owner,
            is_enabled: true,
            created_at: self.now(),
        };
        let entry = setup_entry(organization_id, "First start: the owner was created.");
        self.store()
            .create_user(owner.clone(), None, self.now(), entry)
            .await
            .map_err(fail)?;
        Ok(owner)
    }

    async fn ensure_server(&self, organization_id: OrganizationId) -> Result<ServerId, Problem> {
        let fail = |error: steersman_store::StoreError| error.to_problem(SETUP);
        let servers = self.store().servers(organization_id).await.map_err(fail)?;
        if let Some(server) = servers.into_iter().find(|server| server.is_control_plane) {
            return Ok(server.id);
        }
        let id = ServerId::from_uuid(self.fresh_id());
        let server = Server {
            id,
            organization_id,
            name: HOST_TARGET.into(),
            is_control_plane: true,
            created_at: self.now(),
        };
        let entry = setup_entry(
            organization_id,
            "First start: the control plane's own machine was added.",
        );
        self.store()
            .create_server(server, self.now(), entry)
            .await
            .map_err(fail)?;
        Ok(id)
    }

    async fn ensure_host_target(&self, owner: &User, server_id: ServerId) -> Result<(), Problem> {
        let organization_id = owner.organization_id;
        let is_there = self.store().target_by_name(organization_id, HOST_TARGET).await.is_ok();
        if is_there || self.registry().plugin("host").is_none() {
            return Ok(());
        }
        let actor = Actor {
            user_id: owner.id,
            name: owner.name.clone(),
            organization_id,
            role: owner.role,
            face: Face::CommandLine,
            ip: None,
            user_agent: None,
        };
        let draft = TargetDraft {
            server_id,
            name: HOST_TARGET.into(),
            plugin: "host".into(),
            environment: "production".into(),
            settings: json!({}),
            secrets: Default::default(),
        };
        self.create_target(&actor, draft).await.map(drop)
    }

    /// Adds a target after checking its settings.
    ///
    /// Errors: `target.no_plugin`, `target.bad_name`, `store.exists`, and the plugin's about its settings.
    pub async fn create_target(&self, actor: &Actor, draft: TargetDraft) -> Result<Target, Problem> {
        let what = format!("Could not add the target \"{}\"", draft.name);
        check_name(&draft.name, &what)?;
        let settings = self.checked_settings(&draft, &what)?;
        let at = self.now();
        let target = Target {
            id: TargetId::from_uuid(self.fresh_id()),
            organization_id: actor.organization_id,
            server_id: draft.server_id,
            name: draft.name.clone(),
            plugin: draft.plugin.clone(),
            environment: draft.environment.clone(),
            settings,
            secrets_set: draft.secrets.keys().cloned().collect(),
            is_enabled: true,
            revision: 1,
            created_at: at,
        };
        let sentence = format!("Added the {} target {}.", target.plugin, target.name);
        let entry = self.audit_of(actor, "target.created", sentence, json!({ "name": target.name, "plugin": target.plugin, "environment": target.environment, "settings": target.settings }));
        let target = self
            .store()
            .create_target(target, draft.secrets, at, entry)
            .await
            .map_err(|error| error.to_problem(&what))?;
        self.tell_target(&target, TargetChange::Created);
        Ok(target)
    }

    /// Changes a target; `expected_revision` is the one that was edited. A secret that the draft does not hold stays as
    /// it is, unless it is among `removed`.
    ///
    /// Errors: `target.secret_needed` when it would go to another place, and those of creating one.
    pub async fn update_target(
        &self,
        actor: &Actor,
        id: TargetId,
        expected_revision: i64,
        draft: TargetDraft,
        removed: &[String],
        is_enabled: bool,
    ) -> Result<Target, Problem> {
        let what = format!("Could not change the target \"{}\"", draft.name);
        check_name(&draft.name, &what)?;
        let settings = self.checked_settings(&draft, &what)?;
        let old = self
            .store()
            .target(actor.organization_id, id)
            .await
            .map_err(|error| error.to_problem(&what))?;
        let is_kept = |name: &str| !draft.secrets.contains_key(name) && !removed.iter().any(|gone| gone == name);
        self.registry().keeps_its_place(&old, &settings, is_kept, &what)?;
        let seen = |target: &Target| json!({ "name": target.name, "environment": target.environment, "is_enabled": target.is_enabled, "settings": target.settings });
        let before = seen(&old);
        let target = Target {
            name: draft.name.clone(),
            environment: draft.environment.clone(),
            settings,
            is_enabled,
            ..old
        };
        let new_secrets: Vec<&String> = draft.secrets.keys().collect();
        let entry = self.audit_of(
            actor,
            "target.changed",
            format!("Changed the target {}.", target.name),
            json!({ "before": before, "after": seen(&target), "new_secrets": new_secrets, "removed_secrets": removed }),
        );
        let secrets = if draft.secrets.is_empty() && removed.is_empty() {
            None
        } else {
            let mut all = self
                .store()
                .target_secrets(id)
                .await
                .map_err(|error| error.to_problem(&what))?;
            all.retain(|name, _| !removed.contains(name));
            all.extend(draft.secrets);
            Some(all)
        };
        let target = self
            .store()
            .update_target(target, secrets, expected_revision, self.now(), entry)
            .await
            .map_err(|error| error.to_problem(&what))?;
        self.forget_handles(id).await;
        self.tell_target(&target, TargetChange::Changed);
        Ok(target)
    }

    /// Removes a target; its history stays.
    pub async fn delete_target(&self, actor: &Actor, id: TargetId) -> Result<(), Problem> {
        let what = "Could not remove the target";
        let target = self
            .store()
            .target(actor.organization_id, id)
            .await
            .map_err(|error| error.to_problem(what))?;
        let entry = self.audit_of(
            actor,
            "target.removed",
            format!("Removed the target {}.", target.name),
            json!({ "name": target.name }),
        );
        self.store()
            .delete_target(actor.organization_id, id, self.now(), entry)
            .await
            .map_err(|error| error.to_problem(what))?;
        self.forget_handles(id).await;
        self.tell_target(&target, TargetChange::Removed);
        Ok(())
    }

    fn tell_target(&self, target: &Target, change: TargetChange) {
        self.feed().tell(FeedItem::TargetChanged {
            organization_id: target.organization_id,
            target_id: target.id,
            change,
        });
    }

    fn checked_settings(&self, draft: &TargetDraft, what: &str) -> Result<serde_json::Value, Problem> {
        let plugin = self.registry().plugin(&draft.plugin).ok_or_else(|| {
            let known: Vec<String> = self.registry().plugins().map(|plugin| plugin.name).collect();
            Problem::new(
                "target.no_plugin",
                what,
                format!("there is no plugin \"{}\"", draft.plugin),
                format!("Use one of: {}", known.join(", ")),
            )
        })?;
        plugin.check_settings(&draft.settings)
    }

    /// Puts new rules in force; every approval that is open was for the old ones and no longer holds.
    ///
    /// Errors: `policy.bad_rules` with every complaint, `store.policy_changed`.
    pub async fn set_policy(&self, actor: &Actor, policy: Policy, expected_revision: i64) -> Result<Policy, Problem> {
        let what = "Could not save the policy";
        let complaints = steersman_engine::policy::check(&policy);
        if !complaints.is_empty() {
            return Err(Problem::new(
                "policy.bad_rules",
                what,
                complaints.join("; "),
                "Correct the rules and save again",
            ));
        }
        let before = self.policy(actor.organization_id).await?;
        let parameters = json!({ "before": *before, "after": policy });
        let entry = self.audit_of(
            actor,
            "policy.changed",
            format!("Changed the policy (was revision {expected_revision})."),
            parameters,
        );
        let saved = self
            .store()
            .save_policy(actor.organization_id, policy, expected_revision, self.now(), entry)
            .await
            .map_err(|error| error.to_problem(what))?;
        self.remember_policy(actor.organization_id, Arc::new(saved.clone()));
        Ok(saved)
    }

    /// What is found on this machine without being told, by plugin name.
    pub async fn discover(&self) -> Vec<(String, Discovered)> {
        let mut found = Vec::new();
        for plugin in self.registry().each_plugin() {
            found.extend(
                plugin
                    .discover()
                    .await
                    .into_iter()
                    .map(|one| (plugin.name().to_owned(), one)),
            );
        }
        found
    }

    /// Reads which provider is each organization's default and asks it first from now on.
    pub async fn choose_provider(&self) -> Result<(), Problem> {
        let what = "Could not read the model providers";
        let fail = |error: steersman_store::StoreError| error.to_problem(what);
        for organization in self.store().organizations().await.map_err(fail)? {
            let rows = self.store().providers(organization.id).await.map_err(fail)?;
            let settings = match rows.into_iter().find(|row| row.is_default) {
                Some(row) => Some(ProviderSettings {
                    api_key: self.store().provider_key(row.id).await.map_err(fail)?,
                    kind: row.kind,
                    name: row.name,
                    base_url: row.base_url,
                    model: row.model,
                }),
                None => None,
            };
            self.gateway().choose(organization.id, settings);
        }
        Ok(())
    }
}

fn check_name(name: &str, what: &str) -> Result<(), Problem> {
    let is_good = (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
        && name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if is_good {
        return Ok(());
    }
    Err(Problem::new(
        "target.bad_name",
        what,
        "a name has 1 to 63 lower-case letters, digits, dots, hyphens or underscores, and begins with a letter or digit",
        "Choose another name, such as orders-db",
    ))
}

fn setup_entry(organization_id: OrganizationId, sentence: &str) -> AuditDraft {
    let body = AuditBody {
        user_name: "steersman".into(),
        sentence: sentence.into(),
        ..AuditBody::default()
    };
    audit::outside_a_run(organization_id, "setup.created", AuditResult::Success, body)
}
