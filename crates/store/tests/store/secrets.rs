//! Sealed secrets and the keys over them.

use crate::support::*;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use steersman_protocol::*;
use steersman_store::*;

const PLANTED: &str = "correct horse battery staple";

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

async fn with_target(f: &Fixture) -> Target {
    let secrets = BTreeMap::from([
        ("password".to_owned(), secret(PLANTED)),
        ("certificate".to_owned(), secret("pem")),
    ]);
    f.store
        .create_target(f.target("orders-db"), secrets, now(), f.draft("target.created"))
        .await
        .unwrap()
}

async fn opened(store: &Store, target: &Target) -> Vec<(String, String)> {
    let secrets = store.target_secrets(target.id).await.unwrap();
    secrets
        .into_iter()
        .map(|(name, secret)| (name, secret.expose_secret().to_owned()))
        .collect()
}

#[tokio::test]
async fn a_secret_comes_back_and_is_never_in_the_files() {
    let f = fixture().await;
    let target = with_target(&f).await;
    assert_eq!(target.secrets_set, ["certificate", "password"]);
    let provider = provider(&f, "ollama", false);
    f.store
        .create_provider(
            provider.clone(),
            Some(secret(PLANTED)),
            now(),
            f.draft("provider.created"),
        )
        .await
        .unwrap();
    let needles = [
        PLANTED.as_bytes(),
        KEY.as_bytes(),
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    ];
    for file in std::fs::read_dir(f.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for needle in needles {
            assert!(
                !bytes.windows(needle.len()).any(|window| window == needle),
                "{}",
                path.display()
            );
        }
    }
    let f = f.reopen().await;
    let expected = [("certificate", "pem"), ("password", PLANTED)].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(opened(&f.store, &target).await, expected);
    let key = f.store.provider_key(provider.id).await.unwrap().unwrap();
    assert_eq!(key.expose_secret(), PLANTED);
    assert!(!format!("{:?}", f.store.target_secrets(target.id).await).contains(PLANTED));
}

#[tokio::test]
async fn an_edit_replaces_all_secrets_or_none() {
    let f = fixture().await;
    let target = with_target(&f).await;
    let edited = Target {
        environment: "staging".into(),
        ..target.clone()
    };
    let update = |secrets, revision| {
        f.store
            .update_target(edited.clone(), secrets, revision, now(), f.draft("target.updated"))
    };
    let stored = update(None, 1).await.unwrap();
    assert_eq!(
        stored,
        Target {
            revision: 2,
            ..edited.clone()
        }
    );
    assert_eq!(
        opened(&f.store, &target).await.len(),
        2,
        "without new secrets the old ones stay"
    );
    let secrets = BTreeMap::from([
        ("password".to_owned(), secret("new")),
        ("token".to_owned(), secret("t")),
    ]);
    let stored = update(Some(secrets), 2).await.unwrap();
    assert_eq!(stored.secrets_set, ["password", "token"]);
    assert_eq!(f.store.target(f.organization, target.id).await.unwrap(), stored);
    let expected = [("password", "new"), ("token", "t")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(opened(&f.store, &target).await, expected);

    let stale = f
        .store
        .update_target(stored, None, 1, now(), f.draft("target.updated"))
        .await;
    assert!(matches!(
        stale,
        Err(StoreError::Conflict(Conflict::TargetRevision { found: Some(3), .. }))
    ));
}

#[tokio::test]
async fn deleting_a_target_destroys_its_secrets_and_frees_its_name() {
    let f = fixture().await;
    let target = with_target(&f).await;
    let again = f
        .store
        .create_target(
            f.target("orders-db"),
            Default::default(),
            now(),
            f.draft("target.created"),
        )
        .await;
    assert_eq!(
        again.unwrap_err().to_problem("x").why,
        "There is a target named \"orders-db\" already"
    );
    f.store
        .delete_target(f.organization, target.id, now(), f.draft("target.deleted"))
        .await
        .unwrap();
    assert!(opened(&f.store, &target).await.is_empty());
    assert!(f.store.targets(f.organization).await.unwrap().is_empty());
    let twice = f
        .store
        .delete_target(f.organization, target.id, now(), f.draft("target.deleted"))
        .await;
    assert!(matches!(twice, Err(StoreError::NotFound { .. })));
    with_target(&f).await;
}

#[tokio::test]
async fn after_rotation_the_new_key_opens_everything_and_the_old_one_nothing() {
    let f = fixture().await;
    let target = with_target(&f).await;
    let new = MasterKey::generate().unwrap();
    f.store
        .rotate_key(new.clone(), now(), f.draft("key.rotated"))
        .await
        .unwrap();
    assert_eq!(opened(&f.store, &target).await.len(), 2, "without a restart");
    assert!(f.store.verify_audit(f.organization).await.unwrap().is_intact);
    f.store
        .append_audit(now(), vec![f.draft("tool.executed")])
        .await
        .unwrap();

    f.store.close().await;
    f.writer.await.unwrap().unwrap();
    let (store, _writer) = open(&f.path, KeyRing::new(new)).await.unwrap();
    assert_eq!(opened(&store, &target).await[1].1, PLANTED);
    let found = store.verify_audit(f.organization).await.unwrap();
    assert!(found.is_intact && found.entries == 6, "{found:?}");

    let error = open(&f.path, ring()).await.map(drop).unwrap_err();
    let problem = error.to_problem("Could not open the database");
    assert_eq!(problem.code, "store.unknown_key");
    assert!(problem.why.contains("sealed under master key"), "{problem}");
}

#[tokio::test]
async fn an_interrupted_rotation_starts_with_both_keys() {
    let f = fixture().await;
    let target = with_target(&f).await;
    f.store.close().await;
    f.writer.await.unwrap().unwrap();
    // The key file holds the new key in front, the database still knows the old one only.
    let new = MasterKey::generate().unwrap();
    let both = KeyRing {
        current: new.clone(),
        older: vec![ring().current],
    };
    let (store, writer) = open(&f.path, both).await.unwrap();
    assert_eq!(opened(&store, &target).await.len(), 2);
    store
        .rotate_key(new.clone(), now(), draft(f.organization, "key.rotated"))
        .await
        .unwrap();
    store.close().await;
    writer.await.unwrap().unwrap();
    let (store, _writer) = open(&f.path, KeyRing::new(new)).await.unwrap();
    assert_eq!(opened(&store, &target).await.len(), 2);
    assert!(store.verify_audit(f.organization).await.unwrap().is_intact);
}

#[tokio::test]
async fn rotation_does_not_seal_in_what_was_tampered_with() {
    for statement in [
        "UPDATE audit_head SET number = 2",
        "UPDATE credential SET name = 'other' WHERE name = 'password'",
    ] {
        let f = fixture().await;
        let target = with_target(&f).await;
        f.beside().execute_batch(statement).unwrap();
        let new = MasterKey::generate().unwrap();
        let error = f
            .store
            .rotate_key(new, now(), f.draft("key.rotated"))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_problem("Could not rotate the key").code,
            "store.tampered",
            "{statement}"
        );
        f.store.close().await;
        f.writer.await.unwrap().unwrap();
        assert!(
            open(&f.path, ring()).await.is_ok(),
            "the old key still fits: {}",
            target.name
        );
    }
}

#[tokio::test]
async fn an_envelope_moved_to_another_target_does_not_open() {
    let f = fixture().await;
    let target = with_target(&f).await;
    let mut other = f.target("stolen");
    other.plugin = "host".into();
    let other = f
        .store
        .create_target(other, Default::default(), now(), f.draft("target.created"))
        .await
        .unwrap();
    let steal = format!(
        "UPDATE credential SET owner_id = '{}' WHERE owner_id = '{}'",
        other.id, target.id
    );
    f.beside().execute_batch(&steal).unwrap();
    assert!(matches!(
        f.store.target_secrets(other.id).await,
        Err(StoreError::Tampered(_))
    ));
}

fn provider(f: &Fixture, name: &str, is_default: bool) -> ModelProviderRow {
    ModelProviderRow {
        id: id(ProviderId::from_uuid),
        organization_id: f.organization,
        name: name.into(),
        kind: ProviderKind::Anthropic,
        base_url: "http://localhost:11434/v1".into(),
        model: "qwen3".into(),
        is_default,
        created_at: now(),
    }
}

#[tokio::test]
async fn of_several_providers_the_last_default_is_the_default() {
    let f = fixture().await;
    let (a, b) = (provider(&f, "a", true), provider(&f, "b", true));
    for row in [&a, &b] {
        f.store
            .create_provider(row.clone(), None, now(), f.draft("provider.created"))
            .await
            .unwrap();
    }
    let a = ModelProviderRow { is_default: false, ..a };
    assert_eq!(f.store.providers(f.organization).await.unwrap(), [a, b.clone()]);
    assert!(f.store.provider_key(b.id).await.unwrap().is_none());
    f.store
        .delete_provider(f.organization, b.id, now(), f.draft("provider.deleted"))
        .await
        .unwrap();
    assert_eq!(f.store.providers(f.organization).await.unwrap().len(), 1);
}
