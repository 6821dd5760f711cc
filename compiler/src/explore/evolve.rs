//! Evolution where costs do not add up over the layers: accuracy that is measured for whole combinations.

use genetic_algorithm::strategy::evolve::prelude::*;
use std::fmt;

/// How long is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evolution {
    /// Generations.
    pub generations: usize,
    /// Combinations of a generation.
    pub population: usize,
    /// Of the random numbers: the same seed gives the same combination.
    pub seed: u64,
}

/// What a combination costs; `None` for one that is not possible.
pub type Cost<'a> = dyn Fn(&[usize]) -> Option<f64> + Sync + 'a;

#[derive(Clone)]
struct Costs<'a>(&'a Cost<'a>);

impl fmt::Debug for Costs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("costs")
    }
}

/// Scores are whole numbers.
const PRECISION: f64 = 1e-9;
/// Combinations whose cost is kept.
const KEPT: usize = 100_000;

impl Fitness for Costs<'_> {
    type Genotype = MultiListGenotype;

    fn calculate_for_chromosome(&mut self, chromosome: &FitnessChromosome<Self>, _genotype: &FitnessGenotype<Self>) -> Option<FitnessValue> {
        (self.0)(&chromosome.genes).filter(|cost| cost.is_finite()).map(|cost| (cost / PRECISION) as FitnessValue)
    }
}

/// The cheapest combination that is found, one of `values` for every place. `known` combinations are where it begins. `None` when nothing is possible.
///
/// # Errors
/// Places without values.
pub fn evolve(values: Vec<Vec<usize>>, known: Vec<Vec<usize>>, evolution: Evolution, cost: &Cost<'_>) -> Result<Option<Vec<usize>>, String> {
    let mut genotype = MultiListGenotype::builder().with_allele_lists(values);
    if !known.is_empty() {
        genotype = genotype.with_seed_genes_list(known);
    }
    let genotype = genotype.build().map_err(|error| error.0.to_owned())?;
    let mut evolve = Evolve::builder()
        .with_genotype(genotype)
        .with_target_population_size(evolution.population)
        .with_max_generations(evolution.generations)
        .with_fitness(Costs(cost))
        .with_fitness_ordering(FitnessOrdering::Minimize)
        .with_fitness_cache(KEPT)
        .with_par_fitness(true)
        .with_select(SelectTournament::new(0.5, 0.05, 4))
        .with_crossover(CrossoverUniform::new(0.7, 0.8))
        .with_mutate(MutateSingleGene::new(0.5))
        .with_rng_seed_from_u64(evolution.seed)
        .build()
        .map_err(|error| error.0.to_owned())?;
    evolve.call();
    Ok(evolve.best_genes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_add_up_is_found() {
        // Cheap only where neighbours differ by three; one combination in 9^6 costs nothing.
        let cost = |genes: &[usize]| {
            let steps = genes.windows(2).map(|pair| (pair[0].abs_diff(pair[1]) as f64 - 3.0).powi(2)).sum::<f64>();
            (genes[0] != 7).then_some(steps + genes[0] as f64 * 0.1 + genes[5] as f64 * 0.01)
        };
        let evolution = Evolution { generations: 100, population: 100, seed: 3 };
        let values = vec![(0..9).collect::<Vec<usize>>(); 6];
        let found = evolve(values.clone(), vec![vec![4; 6]], evolution, &cost).expect("places have values").expect("most are possible");
        let best = cost(&found).expect("it is possible");
        assert!(best <= 0.5, "{found:?} costs {best}");
        assert_eq!(evolve(values, vec![vec![4; 6]], evolution, &cost), Ok(Some(found)));
        assert!(evolve(vec![Vec::new()], Vec::new(), evolution, &|_| Some(0.0)).is_err());
    }
}
