//! Ids: UUIDv7 on the wire, one type per thing in code, so that a run's id cannot be passed as a target's.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID made elsewhere. Only the runtime makes new ones: clock and randomness are passed inward.
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            pub const fn as_uuid(&self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!(stringify!($name), "({})"), self.0) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Uuid)))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// An organization: the widest scope of ownership and permission.
    OrganizationId,
    /// A person who can sign in.
    UserId,
    /// A browser or command line that is signed in.
    LoginId,
    /// A long-lived token of a person, for programs.
    TokenId,
    /// A machine with a node on it.
    ServerId,
    /// A configured instance of a plugin (wire name: plugin instance).
    TargetId,
    /// A chat session.
    SessionId,
    /// One message of a chat session.
    MessageId,
    /// One piece of work from a message or goal to its end.
    RunId,
    /// One tool call's life inside a run.
    ExecutionId,
    /// One question to a person about one plan.
    ApprovalId,
    /// One permission to perform one plan once.
    GrantId,
    /// One piece of work a driver was told to do.
    EffectId,
    /// One entry of the audit chain.
    AuditId,
    /// One configured model provider.
    ProviderId,
    /// One query that was saved as a tool.
    CustomToolId,
}
