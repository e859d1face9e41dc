//! Numbers over time: means, widths, limits, and what is forgotten.

use crate::support::*;
use steersman_protocol::*;
use steersman_store::*;

const START: i64 = 1_790_000_400_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

fn look(target_id: TargetId, ms: i64, name: &str, value: f64) -> Look {
    Look {
        target_id,
        at: at(ms),
        measurements: vec![Measurement::new(name, "percent", value)],
    }
}

fn query(target_id: TargetId, from: i64, to: i64, points: u32) -> MetricQuery {
    MetricQuery {
        target_id,
        name: None,
        from: at(from),
        to: at(to),
        points,
    }
}

async fn saved(f: &Fixture) -> TargetId {
    let target = f.target("orders-db");
    let id = target.id;
    f.store
        .create_target(target, Default::default(), now(), f.draft("target.created"))
        .await
        .unwrap();
    id
}

/// A target, and 20 minutes of looks every 30 s that climb by one.
async fn climbing(f: &Fixture) -> TargetId {
    let target = saved(f).await;
    for number in 0..40 {
        let looks = vec![look(target, START + number * 30_000, "cpu", number as f64)];
        f.store.add_looks(looks).await.unwrap();
    }
    target
}

#[tokio::test]
async fn looks_are_told_as_means_of_at_most_as_many_points_as_asked_for() {
    let f = fixture().await;
    let target = climbing(&f).await;
    let end = START + 40 * 30_000;
    let all = f
        .store
        .metrics(f.organization, query(target, START, end, 120), at(end))
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].name.as_str(), all[0].unit.as_str()), ("cpu", "percent"));
    let expected: Vec<(i64, f64)> = (0..40).map(|n| (START + n * 30_000, n as f64)).collect();
    assert_eq!(all[0].points, expected);
    for points in [1, 2, 3, 7, 40] {
        let series = f
            .store
            .metrics(f.organization, query(target, START, end, points), at(end))
            .await
            .unwrap();
        let found = &series[0].points;
        assert!(found.len() <= points as usize, "{} of {points}", found.len());
        assert!(
            found
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1)
        );
    }
    let one = f
        .store
        .metrics(f.organization, query(target, START, end, 1), at(end))
        .await
        .unwrap();
    assert_eq!(one[0].points, [(START, 19.5)]);
    // Its end is not in it, and other names are not.
    let half = query(target, START, START + 30_000, 10);
    let half = f.store.metrics(f.organization, half, at(end)).await.unwrap();
    assert_eq!(half[0].points, [(START, 0.0)]);
    let other = MetricQuery {
        name: Some("memory".into()),
        ..query(target, START, end, 10)
    };
    assert_eq!(f.store.metrics(f.organization, other, at(end)).await.unwrap(), []);
}

#[tokio::test]
async fn old_looks_are_forgotten_and_their_means_stay_for_days() {
    let f = fixture().await;
    let target = climbing(&f).await;
    let count = |span: i64| {
        let sql = format!("SELECT COUNT(*) FROM metric_sample WHERE span_ms = {span}");
        f.beside().query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!((count(0), count(600_000)), (40, 2));
    let later = START + 7 * 3_600_000;
    f.store.add_looks(vec![look(target, later, "cpu", 7.0)]).await.unwrap();
    assert_eq!((count(0), count(600_000)), (1, 3));
    let series = f
        .store
        .metrics(f.organization, query(target, START, later + 1, 120), at(later))
        .await
        .unwrap();
    assert_eq!(
        series[0].points.iter().map(|point| point.1).collect::<Vec<_>>(),
        [9.5, 29.5, 7.0]
    );
    let much_later = START + 15 * 24 * 3_600_000;
    f.store
        .add_looks(vec![look(target, much_later, "cpu", 1.0)])
        .await
        .unwrap();
    assert_eq!((count(0), count(600_000)), (1, 1));
    f.store.add_looks(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_number_or_too_much_is_left_out() {
    let f = fixture().await;
    let target = saved(&f).await;
    let mut measurements: Vec<Measurement> = [f64::NAN, f64::INFINITY, 1e300, -1e300]
        .iter()
        .enumerate()
        .map(|(number, value)| Measurement::new(&format!("odd{number}"), "", *value))
        .collect();
    measurements.extend((0..100).map(|number| Measurement::new(&format!("n{number:03}"), "", -0.5)));
    let looks = vec![Look {
        target_id: target,
        at: at(START),
        measurements,
    }];
    f.store.add_looks(looks).await.unwrap();
    let all = query(target, START, START + 1, 10);
    let series = f.store.metrics(f.organization, all, at(START)).await.unwrap();
    assert_eq!(series.len(), 20);
    assert!(series.iter().all(|one| one.points == [(START, -0.5)]));
}

#[tokio::test]
async fn another_organizations_numbers_are_not_told() {
    let f = fixture().await;
    let target = climbing(&f).await;
    let (elsewhere, _, _) = inhabit(&f.store, "Elsewhere").await;
    let end = START + 40 * 30_000;
    let series = f.store.metrics(elsewhere, query(target, START, end, 10), at(end)).await;
    assert_eq!(series.unwrap(), []);
}

#[tokio::test]
async fn a_state_is_known_since_its_first_look_after_another() {
    let f = fixture().await;
    let target = saved(&f).await;
    assert_eq!(f.store.since(target, "health", 0.0).await.unwrap(), None);
    for (number, value) in [2.0, 0.0, 2.0, 0.0, 0.0, 0.0].into_iter().enumerate() {
        let ms = START + number as i64 * 30_000;
        f.store
            .add_looks(vec![look(target, ms, "health", value)])
            .await
            .unwrap();
    }
    let since = f.store.since(target, "health", 0.0).await.unwrap();
    assert_eq!(since, Some(at(START + 90_000)));
    assert_eq!(f.store.since(target, "health", 2.0).await.unwrap(), None);
}
