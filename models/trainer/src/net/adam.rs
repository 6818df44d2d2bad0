//! Adam with decoupled weight decay (Loshchilov and Hutter 2019), for the dense layers.

use ndarray::{Array, Dimension, Zip};

const FIRST: f32 = 0.9;
const SECOND: f32 = 0.999;

/// A weight array with Adam's memory of its gradients.
#[derive(Debug, Clone)]
pub struct Learned<D: Dimension> {
    pub value: Array<f32, D>,
    first: Array<f32, D>,
    second: Array<f32, D>,
}

/// The size of a step, with the correction for the number of steps before it.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    rate: f32,
    decay: f32,
    first_scale: f32,
    second_scale: f32,
}

impl Step {
    /// The step with this number, from 1.
    pub fn new(number: i32, rate: f32, decay: f32) -> Self {
        Self {
            rate,
            decay,
            first_scale: 1.0 / (1.0 - FIRST.powi(number)),
            second_scale: 1.0 / (1.0 - SECOND.powi(number)),
        }
    }
}

impl<D: Dimension> Learned<D> {
    pub fn new(value: Array<f32, D>) -> Self {
        let zero = Array::zeros(value.raw_dim());
        Self { value, first: zero.clone(), second: zero }
    }

    /// Moves against a gradient.
    pub fn learn(&mut self, gradient: &Array<f32, D>, step: Step) {
        Zip::from(&mut self.value)
            .and(&mut self.first)
            .and(&mut self.second)
            .and(gradient)
            .for_each(|value, first, second, &gradient| {
                *first += (1.0 - FIRST) * (gradient - *first);
                *second += (1.0 - SECOND) * (gradient * gradient - *second);
                let direction =
                    *first * step.first_scale / ((*second * step.second_scale).sqrt() + 1e-8);
                *value -= step.rate * (direction + step.decay * *value);
            });
    }
}
