//! Near-duplicates: `--dedup near` and `--signatures`.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::run::{Folder, stderr};

/// Makes pseudorandom numbers, the same in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % most
    }
}

/// Creates projects of functions, many of which are others with some of their statements changed.
fn projects() -> Folder {
    let directory = Folder::new();
    let mut draws = Draws(1);
    let statement = |draws: &mut Draws| match draws.below(4) {
        0 => format!("self.a{} = x + {}", draws.below(900), draws.below(900)),
        1 => format!("x = f{}('{}', x)", draws.below(900), draws.below(900)),
        2 => format!(
            "if x.k{} then return g{}() end",
            draws.below(900),
            draws.below(900)
        ),
        _ => format!(
            "t[{}] = h{}.m{}(t)",
            draws.below(900),
            draws.below(900),
            draws.below(900)
        ),
    };
    let mut functions: Vec<Vec<String>> = Vec::new();
    for project in 0..20 {
        let mut text = String::new();
        for _ in 0..20 {
            let mut body: Vec<String> = (0..5 + draws.below(30))
                .map(|_| statement(&mut draws))
                .collect();
            if draws.below(2) == 0 && !functions.is_empty() {
                body = functions[draws.below(functions.len() as u64) as usize].clone();
                for _ in 0..draws.below(body.len() as u64 / 3 + 1) {
                    let changed = draws.below(body.len() as u64) as usize;
                    body[changed] = statement(&mut draws);
                }
            }
            text += &format!("M.f = function(self, x, t)\n{}\nend\n", body.join("\n"));
            functions.push(body);
        }
        directory.write(&format!("src/p{project}/a.lua"), text.as_bytes());
    }
    directory
}

const FUNCTIONS: &str = "--unit function --stream terse --strip always -f completion";

/// Returns hashes of the runs of five tokens of a stream, as the documentation describes them.
fn runs(stream: &str) -> BTreeSet<u64> {
    let mut tokens: Vec<String> = Vec::new();
    for part in stream.split("<|").skip(1) {
        let (name, text) = part.split_once("|>").unwrap();
        let (letter, digits) = name.split_at(1);
        let is_numbered = digits.bytes().all(|byte| byte.is_ascii_digit());
        if name != "LineInfo" && !(is_numbered && "+-".contains(letter)) {
            tokens.push(format!("<{}", if is_numbered { letter } else { name }));
        }
        if !text.is_empty() && (name == "Constant" || is_numbered && letter == "K" && name != "K") {
            tokens.push(text.to_owned());
        }
    }
    let hash = |run: &[String]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    tokens.windows(5).map(hash).collect()
}

fn jaccard(a: &BTreeSet<u64>, b: &BTreeSet<u64>) -> f64 {
    let common = a.intersection(b).count() as f64;
    common / (a.len() as f64 + b.len() as f64 - common)
}

#[test]
fn near_duplicates_of_earlier_units_are_dropped() {
    let directory = projects();
    let run = |options: &str| {
        let lines = directory.lines(&format!(
            "{FUNCTIONS} {options} --report report.json -o - src"
        ));
        let report: Value = serde_json::from_slice(&directory.read("report.json")).unwrap();
        (lines, report)
    };
    let (all, report) = run("--dedup none");
    assert_eq!(report.get("near_duplicates"), None);
    let (by_code, _) = run("--dedup code");
    for (option, threshold) in [("near", 0.8), ("near=0.75", 0.75), ("near=0.9", 0.9)] {
        let (kept, report) = run(&format!("--dedup {option} --jobs 1"));
        let count = |key: &str| report[key].as_u64().unwrap() as usize;
        let (codes, nears) = (count("duplicates"), count("near_duplicates"));
        assert_eq!(kept.len() + codes + nears, all.len());
        assert!(nears > 0 && codes > 0 && kept.len() < by_code.len());
        for jobs in [2, 8] {
            assert_eq!(run(&format!("--dedup {option} --jobs {jobs}")).0, kept);
        }
        // What is dropped is like an earlier one that is kept; little that is kept is.
        let ids: BTreeSet<&str> = kept
            .iter()
            .map(|line| line["id"].as_str().unwrap())
            .collect();
        let mut earlier: Vec<BTreeSet<u64>> = Vec::new();
        let mut left = 0;
        for line in &all {
            let runs = runs(line["prompt"].as_str().unwrap());
            let nearest = earlier
                .iter()
                .map(|other| jaccard(&runs, other))
                .fold(0.0, f64::max);
            if ids.contains(line["id"].as_str().unwrap()) && nearest < 1.0 {
                left += usize::from(nearest >= threshold);
                earlier.push(runs);
            } else {
                assert!(
                    nearest >= threshold - 0.1,
                    "{nearest} is dropped at {threshold}"
                );
            }
        }
        assert!(left * 100 <= kept.len(), "{left} of {}", kept.len());
    }
}

/// Groups records by their signatures, as the documentation describes it.
#[test]
fn records_can_be_compared_by_their_signatures() {
    let directory = projects();
    let make = |options: &str| directory.lines(&format!("{FUNCTIONS} {options} -o - src"));
    let similarity = |a: &str, b: &str| {
        let pairs: Vec<(u8, u8)> = a.bytes().zip(b.bytes()).collect();
        let count = |test: &dyn Fn(u8, u8) -> bool| {
            pairs.iter().filter(|(a, b)| test(*a, *b)).count() as f64
        };
        let either = count(&|a, b| a.is_ascii_lowercase() || b.is_ascii_lowercase());
        let both = count(&|a, b| a.is_ascii_lowercase() && b.is_ascii_lowercase());
        let equal = count(&|a, b| a.is_ascii_lowercase() && a == b);
        (100.0 * (15.0 * equal - both) / (14.0 * either) - 1e-9).ceil() / 100.0
    };
    let mut kept: Vec<(String, Value)> = Vec::new();
    let mut by_band: HashMap<(usize, String), Vec<usize>> = HashMap::new();
    for mut line in make("--dedup none --signatures") {
        let minhash = line
            .as_object_mut()
            .unwrap()
            .shift_remove("minhash")
            .unwrap();
        let minhash = minhash.as_str().unwrap().to_owned();
        assert_eq!(minhash.len(), 224);
        let band = |i: usize| (i, minhash[16 * i..][..6].to_ascii_lowercase());
        let candidates = (0..14).flat_map(|i| by_band.get(&band(i)).into_iter().flatten());
        if !candidates
            .into_iter()
            .any(|other| similarity(&minhash, &kept[*other].0) >= 0.8)
        {
            (0..14).for_each(|i| by_band.entry(band(i)).or_default().push(kept.len()));
            kept.push((minhash, line));
        }
    }
    let kept: Vec<Value> = kept.into_iter().map(|(_, line)| line).collect();
    assert!(kept == make("--dedup near"));
}

#[test]
fn a_signature_is_of_the_code() {
    let directory = Folder::with(&[
        ("a.lua", b"local a = 1 print(a, 'x') return a"),
        (
            "b.lua",
            b"-- another layout\n\nlocal name = 1\nprint(name, 'x')\nreturn name",
        ),
    ]);
    let lines = directory.lines("--dedup none --signatures --strip both -o - src");
    let terse = directory.lines("--dedup none --signatures --strip both --stream terse -o - src");
    let minhashes: BTreeSet<&str> = lines
        .iter()
        .chain(&terse)
        .map(|line| line["minhash"].as_str().unwrap())
        .collect();
    assert_eq!((lines.len(), minhashes.len()), (4, 1));
    assert!(directory.lines("-o - src")[0].get("minhash").is_none());
}

#[test]
fn parts_have_no_near_duplicates_in_common() {
    let directory = projects();
    let split = "--split train=0.7,val=0.3 --group-depth 1";
    directory.ok(&format!(
        "{FUNCTIONS} --dedup near {split} --card -o set src"
    ));
    let parts = ["train", "val"]
        .map(|part| super::run::json_lines(&directory.read(&format!("set/{part}.jsonl"))));
    let whole = directory.lines(&format!("{FUNCTIONS} --dedup near -o - src"));
    assert_eq!(parts[0].len() + parts[1].len(), whole.len());
    let [train, val] = parts.map(|part| {
        part.iter()
            .map(|line| runs(line["prompt"].as_str().unwrap()))
            .collect::<Vec<_>>()
    });
    let leak = |unit: &&BTreeSet<u64>| train.iter().any(|other| jaccard(unit, other) >= 0.85);
    assert_eq!(val.iter().filter(leak).count(), 0);
    let card = String::from_utf8(directory.read("set/README.md")).unwrap();
    assert!(card.contains("--dedup near=0.8, from\n"), "{card}");
    assert!(card.contains(" near-duplicates; dropped: none."), "{card}");
}

#[test]
fn a_continued_run_knows_the_units_before_it() {
    let directory = projects();
    let make = format!("{FUNCTIONS} --dedup near --shard-size 30 --resume");
    directory.ok(&format!("{make} -o whole/set.jsonl src"));
    // A run that stops at a drop in the middle, which is then removed.
    directory.write("src/p5/b.lua", b"return 1 2");
    let output = directory.run(&format!("{make} --fail-fast -o part/set.jsonl src"));
    assert_eq!(output.status.code(), Some(1));
    let log = directory.files("part/.set.unfinished")["seen"].len();
    assert!(log > 0 && log.is_multiple_of(128), "{log}");
    std::fs::remove_file(directory.path().join("src/p5/b.lua")).unwrap();
    directory.ok(&format!("{make} -o part/set.jsonl src"));
    assert!(directory.files("whole") == directory.files("part"));
}

#[test]
fn wrong_thresholds_and_useless_signatures_are_refused() {
    let directory = Folder::with(&[("a.lua", b"return 1")]);
    for wrong in ["near=0.7", "near=1.1", "near=", "near=x", "NEAR", "nearly"] {
        let output = directory.run(&format!("--dedup {wrong} -o - src"));
        let expected = format!(
            "luadec-tok: --dedup {wrong}: expected code, near, none, or near=0.75 to near=1\n"
        );
        assert_eq!((output.status.code(), stderr(&output)), (Some(2), expected));
    }
    let output = directory.run("--signatures --format chatml -o - src");
    assert_eq!(
        stderr(&output),
        "luadec-tok: --signatures has no effect with --format chatml and --ids bin or npy, whose records have no keys\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(directory.lines("--dedup near=1 -o - src").len(), 1);
}
