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

/// A table of vectors, in 8-bit steps.
#[derive(Debug, Clone)]
pub struct Table {
    /// Row by row. The first row is zero.
    pub numbers: Vec<i8>,
    /// What one step is worth, in each column; its length is the table's width.
    pub steps: Vec<f32>,
}

/// All that a trained network consists of.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The embeddings of features.
    pub features: Table,
    /// The vectors of words.
    pub words: Option<Table>,
    /// From the means of both tables in the title and in the tasks, side by side: features of the
    /// title, of the tasks, words of the title, of the tasks.
    pub hidden: Dense,
    /// To one logit for each occupation.
    pub output: Dense,
}

/// ONNX's own names for what the file says about itself.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 13;

/// A table in the file, and the fields whose rows are its own.
struct TableNames {
    table: &'static str,
    steps: &'static str,
    fields: [&'static str; 2],
}

const FEATURES: TableNames =
    TableNames { table: "embedding", steps: "steps", fields: ["title", "tasks"] };
const WORDS: TableNames =
    TableNames { table: "words", steps: "words_steps", fields: ["title_words", "tasks_words"] };
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
        let tables: Vec<TableNames> =
            std::iter::once(FEATURES).chain(self.words.as_ref().map(|_| WORDS)).collect();
        let (inputs, mut node): (Vec<_>, Vec<_>) = tables.iter().map(TableNames::means).unzip();
        let means: Vec<String> =
            tables.iter().flat_map(|table| table.fields).map(mean_of).collect();
        let means: Vec<&str> = means.iter().map(String::as_str).collect();
        node.push(vec![with_int(operation("Concat", &means, "text"), "axis", 1)]);
        let mut node = node.concat();
        node.extend([
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
            input: inputs.concat(),
            output: vec![value(
                "logits",
                DataType::Float,
                &[Axis::Records, Axis::Of(self.output.bias.len())],
            )],
            ..Default::default()
        }
    }

    fn tensors(&self) -> Vec<pb::TensorProto> {
        let hidden = self.hidden.bias.len();
        let outputs = self.output.bias.len();
        let inputs = self.hidden.weights.len() / hidden;
        let mut tensors = FEATURES.tensors(&self.features).to_vec();
        tensors.extend(self.words.iter().flat_map(|words| WORDS.tensors(words)));
        tensors.extend([
            floats("hidden_weights", &[inputs, hidden], &self.hidden.weights),
            floats("hidden_bias", &[hidden], &self.hidden.bias),
            floats("output_weights", &[hidden, outputs], &self.output.weights),
            floats("output_bias", &[outputs], &self.output.bias),
            tensor(FIRST_AXIS, DataType::Int64, &[1], 0_i64.to_le_bytes().to_vec()),
        ]);
        tensors
    }
}

/// A network's file, taken apart.
pub(crate) struct Parts {
    pub features: Embeddings,
    pub words: Option<Embeddings>,
    /// The graph that is left. Its inputs are the means of the features' rows in the title and in
    /// the tasks, and then those of the words' rows, if there are any.
    pub dense: Vec<u8>,
}

/// Takes the tables out of an ONNX file that [`Weights::to_onnx`] wrote.
pub(crate) fn take_apart(onnx: &[u8]) -> Result<Parts, Cause> {
    let mut model = pb::ModelProto::decode(onnx)?;
    let graph = model.graph.as_mut().ok_or("the file has no graph")?;
    graph.initializer.retain(|tensor| tensor.name != FIRST_AXIS);
    graph.input.clear();
    let features = FEATURES.take(graph)?.ok_or("the file has no embeddings")?;
    let words = WORDS.take(graph)?;
    Ok(Parts { features, words, dense: model.encode_to_vec() })
}

impl TableNames {
    /// The table and its steps, as they stand in the file.
    fn tensors(&self, table: &Table) -> [pb::TensorProto; 2] {
        let width = table.steps.len();
        let bytes: Vec<u8> = table.numbers.iter().map(|step| step.cast_unsigned()).collect();
        let shape = [bytes.len() / width, width];
        [
            tensor(self.table, DataType::Int8, &shape, bytes),
            floats(self.steps, &[width], &table.steps),
        ]
    }

    /// The inputs and nodes that turn the rows of both fields into the means of their vectors.
    fn means(&self) -> (Vec<pb::ValueInfoProto>, Vec<pb::NodeProto>) {
        let (inputs, nodes): (Vec<_>, Vec<_>) =
            self.fields.into_iter().map(|field| self.mean(field)).unzip();
        (inputs.concat(), nodes.concat())
    }

    /// The inputs and nodes of one field.
    ///
    /// Rows come slot by slot (`[slots, records]`), as tract adds up fastest along a first axis.
    /// The sums are exact: they are whole numbers far below 2²⁴, so neither the order of the
    /// features nor the number of empty slots can change a bit of the result.
    fn mean(&self, field: &str) -> (Vec<pb::ValueInfoProto>, Vec<pb::NodeProto>) {
        let rows = format!("{field}_rows");
        let weight = format!("{field}_weight");
        let step = |stage: &str| format!("{field}_{stage}");
        let cast = operation("Cast", &[&step("gathered")], &step("floats"));
        let sum = operation("ReduceSum", &[&step("floats"), FIRST_AXIS], &step("sum"));
        let nodes = vec![
            operation("Gather", &[self.table, &rows], &step("gathered")),
            with_int(cast, "to", i64::from(DataType::Float as i32)),
            with_int(sum, "keepdims", 0),
            operation("Mul", &[&step("sum"), self.steps], &step("scaled")),
            operation("Mul", &[&step("scaled"), &weight], &mean_of(field)),
        ];
        let slots = Axis::Named(format!("{field}_slots"));
        let inputs = vec![
            value(&rows, DataType::Int64, &[slots, Axis::Records]),
            value(&weight, DataType::Float, &[Axis::Records, Axis::Of(1)]),
        ];
        (inputs, nodes)
    }

    /// Takes the table out of a graph, with the nodes that take its means; these become inputs.
    fn take(&self, graph: &mut pb::GraphProto) -> Result<Option<Embeddings>, Cause> {
        let mut take = |name: &str| {
            let place = graph.initializer.iter().position(|tensor| tensor.name == name);
            place.map(|place| graph.initializer.swap_remove(place).raw_data)
        };
        let Some((table, steps)) = take(self.table).zip(take(self.steps)) else { return Ok(None) };
        let (steps, _) = steps.as_chunks::<4>();
        let steps: Vec<f32> = steps.iter().copied().map(f32::from_le_bytes).collect();
        let axes = [Axis::Records, Axis::Of(steps.len())];
        let embeddings = Embeddings::new(table, steps).ok_or("a table has no whole rows")?;

        let run_elsewhere: Vec<String> = self.means().1.into_iter().map(|node| node.name).collect();
        graph.node.retain(|node| !run_elsewhere.contains(&node.name));
        let means = self.fields.map(|field| value(&mean_of(field), DataType::Float, &axes));
        graph.input.extend(means);
        Ok(Some(embeddings))
    }
}

fn mean_of(field: &str) -> String {
    format!("{field}_mean")
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
