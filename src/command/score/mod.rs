//! Answers of a model against the chunks they were asked for.
#![allow(dead_code)]
mod answer;
mod definition;
mod fence;
mod search;
#[cfg(test)]
mod tests;
mod wrap;

#[cfg(test)]
mod corpus {
    use luadec_tok::chunk::{Chunk, Proto};
    use luadec_tok::dataset::{Function, compile, fit, functions};

    fn each(text: &str, fs: &[Function], p: &Proto, run: &mut dyn FnMut(&str, &Proto)) {
        for (f, p) in fs.iter().zip(&p.p) {
            run(&text[f.range.clone()], p);
            each(text, &f.functions, p, run);
        }
    }

    #[test]
    #[ignore]
    fn own_sources() {
        let mut count = [[0usize; 4]; 2];
        let mut shown = 0;
        for entry in walkdir::WalkDir::new("/tmp/corpus/src").sort_by_file_name() {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() {
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            let Ok(text) = str::from_utf8(&bytes) else {
                continue;
            };
            let Ok(chunk) = compile(&bytes, "x", 1 << 28) else {
                continue;
            };
            let main = luadec_tok::undump(&chunk).unwrap().chunk.main;
            let Some(fs) = functions(text) else { continue };
            if !fit(&fs, &main.p) {
                continue;
            }
            each(text, &fs, &main, &mut |text, p| {
                for strip in [false, true] {
                    let mut chunk = Chunk {
                        nupvalues: 0,
                        main: p.clone(),
                    };
                    if strip {
                        chunk.strip();
                    }
                    let scored = super::answer::score(&chunk, text);
                    let c = &mut count[strip as usize];
                    c[0] += 1;
                    let why = match &scored.outcome {
                        Err(m) => {
                            c[3] += 1;
                            m.clone()
                        }
                        Ok(a) if a.comparison.same => {
                            c[1] += 1;
                            c[2] += a.comparison.identical as usize;
                            if a.comparison.identical {
                                continue;
                            }
                            "not identical".into()
                        }
                        Ok(a) => format!("{:?}", a.comparison.differences.first()),
                    };
                    shown += 1;
                    if shown < 60 {
                        println!(
                            "{} strip {strip}: {why}\n   {}",
                            entry.path().display(),
                            text.chars().take(300).collect::<String>()
                        );
                    }
                }
            });
        }
        println!("{count:?}");
    }
}
