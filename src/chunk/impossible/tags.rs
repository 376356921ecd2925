//! Numbers of Lua 5.3 whose tags are those of Lua 5.4, which has them the other way round.

use super::{Impossible, ImpossibleCode};
use crate::chunk::path::{Step, TreePath};
use crate::chunk::{Constant, Proto};

/// Returns the place of the first float that is an integer with the tags of Lua 5.4, if all numbers make
/// sense only with these.
pub(super) fn find_swapped(main: &Proto) -> Option<Impossible> {
    let mut search = Search::default();
    search.function(main);
    search.found.filter(|_| !search.is_plain)
}

#[derive(Default)]
struct Search {
    path: Vec<Step>,
    found: Option<Impossible>,
    /// True if a number makes sense.
    is_plain: bool,
}

impl Search {
    /// Looks at the constants of a function and those inside it, up to the first that makes sense.
    fn function(&mut self, p: &Proto) {
        for (i, constant) in p.k.iter().enumerate() {
            match constant {
                Constant::Float(float) => match small_integer(float) {
                    Some(0) => {}
                    Some(_) if self.found.is_some() => {}
                    Some(integer) => {
                        let mut path = TreePath(self.path.clone());
                        path.0.push(Step::Constant(i));
                        let problem = ImpossibleCode::Tags { float, integer };
                        self.found = Some(Impossible { path, problem });
                    }
                    None => self.is_plain = true,
                },
                Constant::Integer(integer) => self.is_plain |= !is_float(integer),
                _ => {}
            }
            if self.is_plain {
                return;
            }
        }
        for (i, inside) in p.p.iter().enumerate() {
            self.path.push(Step::Function(i));
            self.function(inside);
            self.path.pop();
            if self.is_plain {
                return;
            }
        }
    }
}

/// Returns the integer with the bytes of a float, if it is small: the float is one of the smallest, or not
/// a number.
fn small_integer(float: f64) -> Option<i64> {
    const MOST: i64 = 1 << 32;
    let integer = float.to_bits() as i64;
    (-MOST..MOST).contains(&integer).then_some(integer)
}

/// Returns whether the bytes of an integer are a float of a usual size.
fn is_float(integer: i64) -> bool {
    let size = f64::from_bits(integer as u64).abs();
    integer == 0 || (1e-99..1e99).contains(&size)
}
