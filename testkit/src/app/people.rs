//! Who is there.

use serde_json::json;
use steersman_protocol::{Actor, Face, OrganizationId, Role, Server, ServerId, TokenId, User, UserId, sha256_hex};
use steersman_runtime::{FirstStart, Runtime, engine::default_rules::default_policy};

/// Somebody with a token.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub id: UserId,
    pub organization_id: OrganizationId,
    pub role: Role,
    pub token: String,
}

impl Person {
    /// As the runtime sees this person behind a request of the API.
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.id,
            name: self.name.clone(),
            organization_id: self.organization_id,
            role: self.role,
            face: Face::Api,
            ip: None,
            user_agent: None,
        }
    }
}

pub(super) struct People(Vec<Person>);

impl People {
    pub fn find(&self, name: &str) -> &Person {
        self.0
            .iter()
            .find(|person| person.name == name)
            .unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// Makes everybody of the first organization, and the stranger with theirs.
    pub async fn settle(runtime: &Runtime, start: &FirstStart) -> Self {
        let owner = with_token(runtime, &start.owner).await;
        let mut people = vec![owner.clone()];
        for (name, role) in [
            ("operator", Role::Operator),
            ("colleague", Role::Operator),
            ("developer", Role::Developer),
            ("viewer", Role::Viewer),
        ] {
            people.push(join(runtime, &owner.actor(), owner.organization_id, name, role).await);
        }
        people.push(stranger(runtime, &owner).await);
        Self(people)
    }
}

async fn join(runtime: &Runtime, by: &Actor, organization_id: OrganizationId, name: &str, role: Role) -> Person {
    let user = User {
        id: UserId::from_uuid(runtime.fresh_id()),
        organization_id,
        name: name.to_owned(),
        role,
        is_enabled: true,
        created_at: runtime.now(),
    };
    let entry = runtime.audit_of(by, "user.created", format!("Created the user {name}."), json!({}));
    runtime
        .store()
        .create_user(user.clone(), None, runtime.now(), entry)
        .await
        .expect("a user");
    with_token(runtime, &user).await
}

async fn with_token(runtime: &Runtime, user: &User) -> Person {
    let person = Person {
        name: user.name.clone(),
        id: user.id,
        organization_id: user.organization_id,
        role: user.role,
        token: format!("stm_{}", steersman_server::login_link_token()),
    };
    let entry = runtime.audit_of(&person.actor(), "token.created", "A token for the test.", json!({}));
    let id = TokenId::from_uuid(runtime.fresh_id());
    let hash = sha256_hex(person.token.as_bytes());
    runtime
        .store()
        .create_token(id, user.id, "test".into(), hash, None, runtime.now(), entry)
        .await
        .expect("a token");
    person
}

/// The owner of another organization on the same installation, with a server of its own.
async fn stranger(runtime: &Runtime, owner: &Person) -> Person {
    let organization_id = OrganizationId::from_uuid(runtime.fresh_id());
    let elsewhere = Actor {
        organization_id,
        ..owner.actor()
    };
    let made = |what: &str| runtime.audit_of(&elsewhere, "setup.created", what, json!({}));
    let (store, now) = (runtime.store(), runtime.now());
    store
        .create_organization(organization_id, "elsewhere", now, made("The organization was created."))
        .await
        .expect("an organization");
    store
        .save_policy(organization_id, default_policy(), 0, now, made("The policy was saved."))
        .await
        .expect("a policy");
    let server = Server {
        id: ServerId::from_uuid(runtime.fresh_id()),
        organization_id,
        name: "elsewhere".into(),
        is_control_plane: true,
        created_at: now,
    };
    store
        .create_server(server, now, made("The server was added."))
        .await
        .expect("a server");
    join(runtime, &elsewhere, organization_id, "stranger", Role::Owner).await
}
