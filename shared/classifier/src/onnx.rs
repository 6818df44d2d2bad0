//! Writes a trained network as an ONNX file, and takes it apart for [`crate::network`] to run.

use prost::Message;
use tract_onnx::pb;
use tract_onnx::pb::tensor_proto::DataType;

use crate::embeddings::Embeddings;
use crate::error::Cause;

/// A matrix product with a bias: `x · weights + bias`.
#[derive(Debug, Clone)]
pub struct Dense {
    /// Row by row, one row for each input.
    pub weights: Vec<f32>,
    /// One for each output.
    pub bias: Vec<f32>,
}

/// All that a trained network consists of.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The embedding table, row by row. The first row is zero.
    pub embedding: Vec<i8>,
    /// What one step of the table is worth, in each column; its length is the table's width.
    pub steps: Vec<f32>,
    /// From the mean of the title's and the mean of the tasks' embeddings, side by side.
    pub hidden: Dense,
    /// To one logit for each occupation.
    pub output: Dense,
}

/// ONNX's own names for what the file says about itself.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 13;

/// The text fields, and the names of tensors.
const FIELDS: [&str; 2] = ["title", "tasks"];
const TABLE: &str = "embedding";
const STEPS: &str = "steps";
const FIRST_AXIS: &str = "first_axis";

impl Weights {
    /// The ONNX file of this network.
    #[must_use]
    pub fn to_onnx(&self) -> Vec<u8> {
        let model = pb::ModelProto {
            ir_version: IR_VERSION,
            producer_name: "occupation-coding-service".to_owned(),
            opset_import: vec![pb::OperatorSetIdProto { version: OPSET, ..Default::default() }],
            graph: Some(self.graph()),
            ..Default::default()
        };
        model.encode_to_vec()
    }

    fn graph(&self) -> pb::GraphProto {
        let (field_inputs, field_nodes): (Vec<_>, Vec<_>) = FIELDS.map(field).into_iter().unzip();
        let mut node = field_nodes.concat();
        node.extend([
            with_int(operation("Concat", &["title_mean", "tasks_mean"], "text"), "axis", 1),
            operation("MatMul", &["text", "hidden_weights"], "hidden_product"),
            operation("Add", &["hidden_product", "hidden_bias"], "hidden_sum"),
            operation("Relu", &["hidden_sum"], "hidden"),
            operation("MatMul", &["hidden", "output_weights"], "output_product"),
            operation("Add", &["output_product", "output_bias"], "logits"),
        ]);
        pb::GraphProto {
            name: "occupations".to_owned(),
            node,
            initializer: self.tensors(),
            input: field_inputs.concat(),
            output: vec![value(
                "logits",
                DataType::Float,
                &[Axis::Records, Axis::Of(self.output.bias.len())],
            )],
            ..Default::default()
        }
    }

    fn tensors(&self) -> Vec<pb::TensorProto> {
        let width = self.steps.len();
        let hidden = self.hidden.bias.len();
        let outputs = self.output.bias.len();
        let table: Vec<u8> = self.embedding.iter().map(|step| step.cast_unsigned()).collect();
        let rows = table.len() / width;
        vec![
            tensor(TABLE, DataType::Int8, &[rows, width], table),
            floats(STEPS, &[width], &self.steps),
            floats("hidden_weights", &[2 * width, hidden], &self.hidden.weights),
            floats("hidden_bias", &[hidden], &self.hidden.bias),
            floats("output_weights", &[hidden, outputs], &self.output.weights),
            floats("output_bias", &[outputs], &self.output.bias),
            tensor(FIRST_AXIS, DataType::Int64, &[1], 0_i64.to_le_bytes().to_vec()),
        ]
    }
}

/// Takes the embedding table out of an ONNX file that [`Weights::to_onnx`] wrote; gives the table,
/// and the graph that is left, whose inputs are the means of the title's and of the tasks' rows.
pub(crate) fn take_embeddings(onnx: &[u8]) -> Result<(Embeddings, Vec<u8>), Cause> {
    let mut model = pb::ModelProto::decode(onnx)?;
    let graph = model.graph.as_mut().ok_or("the file has no graph")?;
    let mut take = |name: &str| {
        let place = graph.initializer.iter().position(|tensor| tensor.name == name);
        place.map(|place| graph.initializer.swap_remove(place).raw_data)
    };
    let (table, steps) = take(TABLE).zip(take(STEPS)).ok_or("the file has no embeddings")?;
    let (steps, _) = steps.as_chunks::<4>();
    let steps: Vec<f32> = steps.iter().copied().map(f32::from_le_bytes).collect();
    let width = steps.len();
    let embeddings = Embeddings::new(table, steps).ok_or("the embeddings have no whole rows")?;

    let (_, field_nodes): (Vec<_>, Vec<_>) = FIELDS.map(field).into_iter().unzip();
    let run_elsewhere: Vec<String> =
        field_nodes.concat().into_iter().map(|node| node.name).collect();
    graph.node.retain(|node| !run_elsewhere.contains(&node.name));
    graph.initializer.retain(|tensor| tensor.name != FIRST_AXIS);
    let axes = [Axis::Records, Axis::Of(width)];
    graph.input =
        FIELDS.map(|name| value(&format!("{name}_mean"), DataType::Float, &axes)).to_vec();
    Ok((embeddings, model.encode_to_vec()))
}

/// The inputs and nodes that turn the rows of one text field into the mean of their embeddings.
///
/// Rows come slot by slot (`[slots, records]`), as tract adds up fastest along a first axis.
/// The sums are exact: they are whole numbers far below 2²⁴, so neither the order of the features
/// nor the number of empty slots can change a bit of the result.
fn field(name: &str) -> (Vec<pb::ValueInfoProto>, Vec<pb::NodeProto>) {
    let rows = format!("{name}_rows");
    let weight = format!("{name}_weight");
    let step = |stage: &str| format!("{name}_{stage}");
    let cast = operation("Cast", &[&step("gathered")], &step("floats"));
    let sum = operation("ReduceSum", &[&step("floats"), FIRST_AXIS], &step("sum"));
    let nodes = vec![
        operation("Gather", &[TABLE, &rows], &step("gathered")),
        with_int(cast, "to", i64::from(DataType::Float as i32)),
        with_int(sum, "keepdims", 0),
        operation("Mul", &[&step("sum"), STEPS], &step("scaled")),
        operation("Mul", &[&step("scaled"), &weight], &step("mean")),
    ];
    let slots = Axis::Named(format!("{name}_slots"));
    let inputs = vec![
        value(&rows, DataType::Int64, &[slots, Axis::Records]),
        value(&weight, DataType::Float, &[Axis::Records, Axis::Of(1)]),
    ];
    (inputs, nodes)
}

enum Axis {
    Of(usize),
    Named(String),
    Records,
}

fn value(name: &str, of: DataType, axes: &[Axis]) -> pb::ValueInfoProto {
    use pb::tensor_shape_proto::{Dimension, dimension::Value};
    let dim = axes.iter().map(|axis| {
        let value = match axis {
            Axis::Of(size) => Value::DimValue(to_i64(*size)),
            Axis::Named(name) => Value::DimParam(name.clone()),
            Axis::Records => Value::DimParam("records".to_owned()),
        };
        Dimension { value: Some(value), ..Default::default() }
    });
    let tensor = pb::type_proto::Tensor {
        elem_type: of as i32,
        shape: Some(pb::TensorShapeProto { dim: dim.collect() }),
    };
    pb::ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(pb::TypeProto {
            value: Some(pb::type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn operation(op_type: &str, inputs: &[&str], output: &str) -> pb::NodeProto {
    pb::NodeProto {
        op_type: op_type.to_owned(),
        name: format!("{output}_node"),
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..Default::default()
    }
}

fn with_int(mut node: pb::NodeProto, name: &str, number: i64) -> pb::NodeProto {
    let kind = pb::attribute_proto::AttributeType::Int as i32;
    let name = name.to_owned();
    node.attribute.push(pb::AttributeProto { name, r#type: kind, i: number, ..Default::default() });
    node
}

fn floats(name: &str, dims: &[usize], numbers: &[f32]) -> pb::TensorProto {
    let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    tensor(name, DataType::Float, dims, bytes)
}

fn tensor(name: &str, of: DataType, dims: &[usize], raw_data: Vec<u8>) -> pb::TensorProto {
    pb::TensorProto {
        name: name.to_owned(),
        data_type: of as i32,
        dims: dims.iter().map(|&size| to_i64(size)).collect(),
        raw_data,
        ..Default::default()
    }
}

fn to_i64(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
