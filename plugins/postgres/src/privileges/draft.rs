//! Plans to give or take privileges: the exact difference, and nothing that changes nothing.

use super::{
    Input, On, before_of,
    difference::{self, Changed, Direction, after, changes, in_words, statements},
    objects::{self, Object},
};
use crate::{
    connection::Read,
    identifier, roles,
    roles::{Powers, Role},
    server,
    server::ServerState,
    show,
};
use serde_json::json;
use std::collections::BTreeMap;
use steersman_toolkit::{
    Cx, Draft,
    protocol::{Block, Fact, Limits, Problem, Resource, Step, SuggestedCall, Undo},
};

/// Everything below belongs to PostgreSQL itself (transam.h, FirstNormalObjectId).
const FIRST_USER_OID: u32 = 16_384;
/// The schema `public`, which is the users' although initdb made it.
const PUBLIC_SCHEMA: u32 = 2_200;

/// What is to change, looked up.
struct Wish {
    input: Input,
    direction: Direction,
    role: Role,
    objects: Vec<Object>,
    changes: Vec<Changed>,
    /// The roles whose rights the role has: itself first.
    above: Powers,
    /// For membership: what the group can do.
    group: Option<Powers>,
}

/// Errors: `postgres.standby`, `postgres.no_such_role`, `postgres.no_such_…`, `postgres.bad_options`,
/// `postgres.permission_denied`, `postgres.our_own`, `postgres.membership_loop`, `postgres.nothing_to_change`,
/// `postgres.granted_by_another`, `postgres.handed_on`, `postgres.column_privileges`.
pub(super) async fn draft(cx: &Cx, read: &mut Read<'_>, input: Input, direction: Direction) -> Result<Draft, Problem> {
    let server = server::primary(read).await?;
    let wish = look_up(read, input, direction).await?;
    refuse(read, &wish).await?;
    let role = identifier::plain(&wish.role.name);
    let undo = difference::inverse(&wish.changes);
    let (steps, undo_steps) = (
        in_one(statements(wish.input.on, &role, &wish.changes)),
        in_one(statements(wish.input.on, &role, &undo)),
    );
    Ok(Draft {
        arguments: json!(wish.input),
        summary: wish.summary(),
        steps,
        on_failure: Vec::new(),
        touches: wish.touches(),
        must_hold: BTreeMap::from([
            ("server".to_owned(), server.must_hold()),
            ("role".to_owned(), wish.role.must_hold()),
            ("before".to_owned(), before_of(&wish.objects, wish.role.oid)),
        ]),
        observed: wish.observed(cx),
        undo: Undo::Reversible {
            steps: undo_steps,
            call: wish.undo_call(cx),
        },
        limits: Limits {
            lock_wait_ms: 5_000,
            ..Limits::default()
        },
        facts: wish.facts(&server),
        warnings: wish.warnings(),
    })
}

/// Several statements are carried out together or not at all.
fn in_one(statements: Vec<String>) -> Vec<Step> {
    let is_one = statements.len() == 1;
    let steps = statements.into_iter().map(Step::sql);
    if is_one {
        return steps.collect();
    }
    let begin = std::iter::once(Step::sql("BEGIN"));
    begin.chain(steps).chain(std::iter::once(Step::sql("COMMIT"))).collect()
}

async fn look_up(read: &mut Read<'_>, input: Input, direction: Direction) -> Result<Wish, Problem> {
    check_privileges(read.what(), &input)?;
    let role = roles::find(read, &input.role).await?;
    let oids = objects::find(read, input.on, &input.object).await?;
    let objects = objects::read(read, input.on, &oids).await?;
    let words = input.words();
    let changes = objects
        .iter()
        .flat_map(|object| {
            let before = object.held_by(role.oid);
            let after = after(&before, &words, input.grant_option, direction);
            changes(&object.name, &before, &after)
        })
        .collect();
    let above = roles::powers(read, role.oid).await?;
    let group = match (input.on, oids.first()) {
        (On::Role, Some(group)) => Some(roles::powers(read, *group).await?),
        _ => None,
    };
    let object = match (input.on, &objects[..]) {
        (On::AllTables, _) | (_, []) => input.object.clone(),
        (_, [first, ..]) => first.name.clone(),
    };
    Ok(Wish {
        input: Input {
            role: identifier::plain(&role.name),
            object,
            ..input
        },
        direction,
        role,
        objects,
        changes,
        above,
        group,
    })
}

fn check_privileges(what: &str, input: &Input) -> Result<(), Problem> {
    let known = input.on.privileges();
    let unknown = input
        .privileges
        .iter()
        .find(|privilege| **privilege != super::Privilege::All && !known.contains(privilege));
    let why = match (input.on, unknown) {
        (On::Role, _) if !input.privileges.is_empty() => "membership in a role has no single privileges".to_owned(),
        (On::Role, _) => return Ok(()),
        (on, Some(unknown)) => format!("a {} has no privilege {}", on.word(), unknown.word()),
        (_, None) if input.privileges.is_empty() => "no privilege is named".to_owned(),
        (_, None) => return Ok(()),
    };
    let words: Vec<String> = known.iter().map(|privilege| privilege.word().to_lowercase()).collect();
    let next = match words[..] {
        [] => "Leave privileges out".to_owned(),
        _ => format!(
            "A {} has {}; all stands for every one",
            input.on.word(),
            words.join(", ")
        ),
    };
    Err(Problem::new("postgres.bad_options", what, why, next))
}

async fn refuse(read: &mut Read<'_>, wish: &Wish) -> Result<(), Problem> {
    let what = read.what().to_owned();
    let refuse = |code: &str, why: String, next: &str| Err(Problem::new(code, what.clone(), why, next));
    if wish.direction == Direction::Revoke && wish.role.is_ours {
        let why = format!("\"{}\" is the role that Steersman uses for this target", wish.role.name);
        return refuse("postgres.our_own", why, "Take rights from it by hand, as another role");
    }
    if wish.input.on == On::Role {
        refuse_membership(read, wish).await?;
    } else if let Some(object) = wish.objects.iter().find(|object| !object.is_ours) {
        return Err(server::only_the_owner(&what, &object.name, &object.owner));
    }
    if wish.changes.is_empty() {
        let (why, next) = match wish.direction {
            Direction::Grant => ("has all of that already", "Nothing needs to be done"),
            Direction::Revoke => (
                "has none of that itself",
                "What it has as a member of another role, or as everybody (PUBLIC), is taken there",
            ),
        };
        return refuse(
            "postgres.nothing_to_change",
            format!("\"{}\" {why}", wish.role.name),
            next,
        );
    }
    if wish.direction == Direction::Revoke {
        refuse_entangled(read, wish).await?;
    }
    Ok(())
}

async fn refuse_membership(read: &mut Read<'_>, wish: &Wish) -> Result<(), Problem> {
    let group = match wish.objects.first() {
        Some(object) => roles::of_oid(read, object.oid).await?,
        None => None,
    };
    let Some(group) = group.filter(|group| group.we_administer_it) else {
        return Err(Problem::new(
            "postgres.permission_denied",
            read.what(),
            format!("our role may not hand out membership in {}", wish.input.object),
            format!("GRANT {} TO our role WITH ADMIN OPTION", wish.input.object),
        ));
    };
    let is_loop = wish
        .group
        .as_ref()
        .is_some_and(|powers| powers.roles.contains(&wish.role.oid));
    if wish.direction == Direction::Grant && is_loop {
        return Err(Problem::new(
            "postgres.membership_loop",
            read.what(),
            format!(
                "\"{}\" is a member of \"{}\" already, or the same",
                group.name, wish.role.name
            ),
            "Membership goes one way only",
        ));
    }
    Ok(())
}

/// What REVOKE would not take, or would take too.
async fn refuse_entangled(read: &mut Read<'_>, wish: &Wish) -> Result<(), Problem> {
    let is_meant = |object: &Object, word: &str| {
        wish.changes
            .iter()
            .any(|changed| changed.on == object.name && changed.word == word)
    };
    for object in wish.objects.iter().filter(|_| wish.input.on != On::Role) {
        for entry in object.entries.iter().filter(|entry| is_meant(object, &entry.word)) {
            if entry.grantee == wish.role.oid && entry.grantor != object.owner_oid {
                return Err(Problem::new(
                    "postgres.granted_by_another",
                    read.what(),
                    format!(
                        "{} on {} was given by \"{}\"",
                        entry.word, object.name, entry.grantor_name
                    ),
                    "Only that role can take it back",
                ));
            }
            if entry.grantor == wish.role.oid && entry.grantee != wish.role.oid && entry.grantor != object.owner_oid {
                return Err(Problem::new(
                    "postgres.handed_on",
                    read.what(),
                    format!(
                        "\"{}\" handed {} on {} on to others",
                        wish.role.name, entry.word, object.name
                    ),
                    "Take it from them first",
                ));
            }
        }
    }
    if matches!(wish.input.on, On::Table | On::AllTables) {
        let oids: Vec<u32> = wish.objects.iter().map(|object| object.oid).collect();
        if objects::has_column_privileges(read, &oids, wish.role.oid, &wish.input.words()).await? {
            return Err(Problem::new(
                "postgres.column_privileges",
                read.what(),
                format!(
                    "\"{}\" has such privileges on single columns too, and REVOKE would take them without a way back",
                    wish.role.name
                ),
                "Take those on columns by hand first",
            ));
        }
    }
    Ok(())
}

impl Wish {
    fn things(&self) -> String {
        let object = &self.input.object;
        match self.input.on {
            On::AllTables => format!("all tables of schema {object}"),
            on => format!("{} {object}", on.word()),
        }
    }

    fn summary(&self) -> String {
        let words = self.input.words().join(", ");
        let role = &self.input.role;
        let (is_member, option) = (self.input.on == On::Role, self.input.grant_option);
        match (self.direction, is_member, option) {
            (Direction::Grant, true, false) => format!("Make {role} a member of {}", self.input.object),
            (Direction::Grant, true, true) => {
                format!("Make {role} a member and administrator of {}", self.input.object)
            }
            (Direction::Grant, false, false) => format!("Grant {words} on {} to {role}", self.things()),
            (Direction::Grant, false, true) => {
                format!("Grant {words} on {} to {role}, who may hand it on", self.things())
            }
            (Direction::Revoke, true, false) => format!("End the membership of {role} in {}", self.input.object),
            (Direction::Revoke, true, true) => {
                format!("{role} no longer administers membership in {}", self.input.object)
            }
            (Direction::Revoke, false, false) => format!("Revoke {words} on {} from {role}", self.things()),
            (Direction::Revoke, false, true) => {
                format!("{role} may no longer hand on {words} on {}", self.things())
            }
        }
    }

    fn touches(&self) -> Vec<Resource> {
        let role = Resource {
            kind: "role".to_owned(),
            name: self.input.role.clone(),
            how: match self.direction {
                Direction::Grant => "gets privileges".to_owned(),
                Direction::Revoke => "loses privileges".to_owned(),
            },
        };
        let things = self
            .objects
            .iter()
            .filter(|object| self.changes.iter().any(|changed| changed.on == object.name))
            .map(|object| Resource {
                kind: self.input.on.word().to_owned(),
                name: object.name.clone(),
                how: "its access list changes".to_owned(),
            });
        std::iter::once(role).chain(things).collect()
    }

    /// Every privilege asked for, also those that stay as they are.
    fn observed(&self, cx: &Cx) -> Vec<Block> {
        let words = self.input.words();
        let mut rows = Vec::new();
        for object in &self.objects {
            let before = object.held_by(self.role.oid);
            let after = after(&before, &words, self.input.grant_option, self.direction);
            for word in &words {
                rows.push(vec![
                    json!(object.name),
                    json!(word),
                    json!(in_words(before.get(*word))),
                    json!(in_words(after.get(*word))),
                    json!(self.through(object, word).join(", ")),
                ]);
            }
        }
        let headings = [
            ("on", ""),
            ("privilege", ""),
            ("before", ""),
            ("after", ""),
            ("also through", ""),
        ];
        let title = format!("Privileges of {} before and after", self.input.role);
        vec![show::table_of(cx, &title, &headings, rows)]
    }

    /// From where else the role has this privilege: its own entry aside.
    fn through(&self, object: &Object, word: &str) -> Vec<String> {
        let mut through = Vec::new();
        if self.role.is_superuser {
            through.push("being a superuser".to_owned());
        }
        for entry in object.entries.iter().filter(|entry| entry.word == word) {
            match entry.grantee {
                0 => through.push("PUBLIC".to_owned()),
                grantee if grantee == self.role.oid => {}
                grantee if self.above.roles.contains(&grantee) => through.push("membership in another role".to_owned()),
                _ => {}
            }
        }
        through.dedup();
        through
    }

    /// The other tool with the same arguments, where that takes back exactly this difference.
    fn undo_call(&self, cx: &Cx) -> Option<SuggestedCall> {
        let (tool, verb) = match self.direction {
            Direction::Grant => ("postgres.revoke_permission", "takes back"),
            Direction::Revoke => ("postgres.grant_permission", "gives back"),
        };
        let words = self.input.words();
        let is_exact = self.objects.iter().all(|object| {
            let before = object.held_by(self.role.oid);
            let then = after(&before, &words, self.input.grant_option, self.direction);
            let back = after(&then, &words, self.input.grant_option, self.direction.inverse());
            back == before
        });
        is_exact.then(|| SuggestedCall {
            is_undo: true,
            ..show::suggest(
                cx,
                tool,
                json!(self.input),
                format!("it {verb} exactly what this changes"),
            )
        })
    }

    fn facts(&self, server: &ServerState) -> Vec<Fact> {
        let mut facts = Vec::new();
        let mut changes_access = |what: String| facts.push(Fact::ChangesAccess { what });
        if self.direction == Direction::Grant {
            if let Some(group) = &self.group {
                group.sentences.iter().cloned().for_each(&mut changes_access);
            }
            if self.input.grant_option {
                changes_access(format!("{} can hand it on to others", self.input.role));
            }
            if self.role.is_predefined() {
                changes_access(format!("every member of {} gets it", self.input.role));
            }
            for object in self.objects.iter().filter(|object| object.acts_as_owner) {
                changes_access(format!("{} runs with the rights of \"{}\"", object.name, object.owner));
            }
        }
        let is_system = |object: &Object| object.oid < FIRST_USER_OID && object.oid != PUBLIC_SCHEMA;
        if matches!(self.input.on, On::Table | On::AllTables | On::Schema | On::Function)
            && self.objects.iter().any(is_system)
        {
            changes_access("a part of PostgreSQL itself".to_owned());
        }
        facts.extend(server.facts());
        facts
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let role = &self.input.role;
        if self.role.is_superuser {
            warnings.push(format!("{role} is a superuser: it may everything anyhow"));
        }
        let through: Vec<String> = self
            .changes
            .iter()
            .flat_map(|changed| {
                let object = self.objects.iter().find(|object| object.name == changed.on);
                object
                    .map(|object| self.through(object, &changed.word))
                    .unwrap_or_default()
            })
            .filter(|way| way != "being a superuser")
            .collect();
        if let Some(way) = through.first() {
            warnings.push(match self.direction {
                Direction::Grant => format!("{role} has some of it already, through {way}"),
                Direction::Revoke => format!("{role} keeps some of it all the same, through {way}"),
            });
        }
        if self.direction == Direction::Revoke
            && self.objects.iter().any(|object| object.owner_oid == self.role.oid)
            && self.input.on != On::Role
        {
            warnings.push(format!("{role} owns it, and can give itself the privileges again"));
        }
        if self.input.on == On::AllTables {
            warnings.push("Tables that are made later are not included".to_owned());
        }
        if let Some(group) = self.group.as_ref().filter(|_| self.direction == Direction::Grant) {
            warnings.extend(
                group
                    .sentences
                    .iter()
                    .map(|sentence| format!("It gives more than rights on tables: {sentence}")),
            );
        }
        warnings
    }
}
