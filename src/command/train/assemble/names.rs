//! Names for the variables of a file, so that every name in it means what the chunk says.
//!
//! Variables get their names in the order of their declarations, so that outer ones come first. Of two
//! variables with one name, the inner one would hide the outer one. If the outer one is used there, the
//! inner one is renamed, unless its name is fixed.

use std::collections::HashMap;
use std::ops::Range;

/// A variable of the file. Places are counted in tokens of the whole file.
#[derive(Debug, Default)]
pub struct NamedVariable {
    /// The name it gets if nothing speaks against that.
    pub name: String,
    /// True if it cannot have another name.
    pub is_fixed: bool,
    /// The places in which its name stands for it, unless another variable hides it.
    pub scope: Range<u32>,
    /// The places of its uses, in order.
    pub uses: Vec<u32>,
}

/// The places where each global is used, in order.
pub type GlobalUses = HashMap<String, Vec<u32>>;

/// Gives the variables names under which every use stands for its variable or global. The variables are
/// in the order of their declarations.
pub fn reconcile(variables: &mut [NamedVariable], globals: &GlobalUses) {
    let mut fixed: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, variable) in variables.iter().enumerate() {
        if variable.is_fixed {
            fixed.entry(variable.name.clone()).or_default().push(i);
        }
    }
    let mut order: Vec<usize> = (0..variables.len()).collect();
    // The sort is stable: of variables whose scopes begin together, the later one hides the earlier one.
    order.sort_by_key(|i| variables[*i].scope.start);
    // By name, the variables in scope.
    let mut active: HashMap<String, Vec<usize>> = HashMap::new();
    for i in order {
        let name = match variables[i].is_fixed {
            true => variables[i].name.clone(),
            false => {
                let naming = Naming {
                    variables,
                    globals,
                    fixed: &fixed,
                };
                naming.free_name(i, &mut active)
            }
        };
        let start = variables[i].scope.start;
        variables[i].name.clone_from(&name);
        let same_name = active.entry(name).or_default();
        same_name.retain(|other| variables[*other].scope.end > start);
        same_name.push(i);
    }
}

struct Naming<'a> {
    variables: &'a [NamedVariable],
    globals: &'a GlobalUses,
    /// By name, the variables whose name is fixed.
    fixed: &'a HashMap<String, Vec<usize>>,
}

impl Naming<'_> {
    /// Returns the first of `name`, `name_2`, `name_3` and so on that a variable can have.
    fn free_name(&self, i: usize, active: &mut HashMap<String, Vec<usize>>) -> String {
        let name = &self.variables[i].name;
        let mut number = 1;
        loop {
            let candidate = match number {
                1 => name.clone(),
                _ => format!("{name}_{number}"),
            };
            if self.is_free(i, &candidate, active) {
                return candidate;
            }
            number += 1;
        }
    }

    /// Returns true if a name would hide nothing that is used in the variable's scope, and nothing with
    /// a fixed name would hide the variable where it is used.
    fn is_free(&self, i: usize, name: &str, active: &mut HashMap<String, Vec<usize>>) -> bool {
        let variable = &self.variables[i];
        let scope = &variable.scope;
        if self
            .globals
            .get(name)
            .is_some_and(|uses| has_use(uses, scope))
        {
            return false;
        }
        if let Some(around) = active.get_mut(name) {
            around.retain(|other| self.variables[*other].scope.end > scope.start);
            // The innermost one already hides those around it.
            let hidden = around.last().map(|other| &self.variables[*other].uses);
            if hidden.is_some_and(|uses| has_use(uses, scope)) {
                return false;
            }
        }
        let mut fixed = self.fixed.get(name).into_iter().flatten();
        !fixed.any(|inner| {
            let inner = &self.variables[*inner].scope;
            inner.start >= scope.start && has_use(&variable.uses, inner)
        })
    }
}

/// Returns true if one of the places is in a range.
fn has_use(uses: &[u32], range: &Range<u32>) -> bool {
    let first = uses.partition_point(|place| *place < range.start);
    uses.get(first).is_some_and(|place| *place < range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str, scope: Range<u32>, uses: &[u32]) -> NamedVariable {
        NamedVariable {
            name: name.to_owned(),
            is_fixed: false,
            scope,
            uses: uses.to_vec(),
        }
    }

    fn named(mut variables: Vec<NamedVariable>, globals: &[(&str, &[u32])]) -> Vec<String> {
        let globals = globals.iter();
        let globals = globals.map(|(name, uses)| ((*name).to_owned(), uses.to_vec()));
        reconcile(&mut variables, &globals.collect());
        variables
            .into_iter()
            .map(|variable| variable.name)
            .collect()
    }

    #[test]
    fn the_inner_of_two_variables_is_renamed() {
        let outer = || variable("x", 0..100, &[50]);
        assert_eq!(
            named(vec![outer(), variable("x", 40..60, &[41])], &[]),
            ["x", "x_2"]
        );
        assert_eq!(
            named(vec![outer(), variable("x", 60..70, &[])], &[]),
            ["x", "x"]
        );
        // The new name must not hide anything, either.
        let globals: &[(&str, &[u32])] = &[("x_2", &[45])];
        assert_eq!(
            named(vec![outer(), variable("x", 40..60, &[])], globals),
            ["x", "x_3"]
        );
    }

    #[test]
    fn a_variable_does_not_hide_a_global() {
        let globals: &[(&str, &[u32])] = &[("print", &[3, 70])];
        let variables = vec![
            variable("print", 0..3, &[]),
            variable("print", 5..71, &[6]),
            variable("print", 5..70, &[]),
        ];
        assert_eq!(named(variables, globals), ["print", "print_2", "print"]);
    }

    #[test]
    fn a_fixed_name_makes_the_outer_variable_yield() {
        let mut inner = variable("self", 40..60, &[41]);
        inner.is_fixed = true;
        let outer = |uses| variable("self", 0..100, uses);
        assert_eq!(named(vec![outer(&[50])], &[]), ["self"]);
        let fixed = |uses| {
            let mut inner = variable("self", 40..60, &[41]);
            inner.is_fixed = true;
            named(vec![outer(uses), inner], &[])
        };
        assert_eq!(fixed(&[50]), ["self_2", "self"]);
        assert_eq!(fixed(&[30]), ["self", "self"]);
    }
}
