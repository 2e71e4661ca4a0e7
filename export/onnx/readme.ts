import type { ExportFacts } from '../contract.js';

const JAVASCRIPT = `import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node'; // in a browser: onnxruntime-web, and fetch for the file

const { states, endOfText } = JSON.parse(await readFile('pavlov.json', 'utf8'));
const prefill = await ort.InferenceSession.create('prefill.onnx');
const decode = await ort.InferenceSession.create('decode.onnx');

const zeros = ({ name, shape }) => {
  const size = shape.reduce((product, n) => product * n, 1);
  return [\`past_\${name}\`, new ort.Tensor('float32', new Float32Array(size), shape)];
};
let past = Object.fromEntries(states.map(zeros));

/** Reads tokens and keeps the states after them; gives the logits of the next token. */
async function read(session, ids) {
  const input_ids = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
  const outputs = await session.run({ input_ids, ...past });
  past = Object.fromEntries(states.map(({ name }) => [\`past_\${name}\`, outputs[\`present_\${name}\`]]));
  return outputs.logits.data;
}

// A text begins after the end-of-text token; the ids of a prompt are the arguments of this program.
const prompt = [endOfText, ...process.argv.slice(2).map(Number)];
const drawn = [];
let logits = await read(prefill, prompt);
for (let i = 0; i < 200; i++) {
  const id = logits.indexOf(logits.reduce((a, b) => Math.max(a, b)));
  drawn.push(id);
  if (id === endOfText) break;
  logits = await read(decode, [id]);
}
console.log(JSON.stringify(drawn));`;

const PYTHON = `import json
import sys
import numpy as np
import onnxruntime as ort

facts = json.load(open("pavlov.json", encoding="utf-8"))
states, end_of_text = facts["states"], facts["endOfText"]
prefill = ort.InferenceSession("prefill.onnx")
decode = ort.InferenceSession("decode.onnx")
past = {f"past_{s['name']}": np.zeros(s["shape"], np.float32) for s in states}
names = ["logits"] + [f"present_{s['name']}" for s in states]


def read(session, ids):
    """Reads tokens and keeps the states after them; gives the logits of the next token."""
    global past
    logits, *after = session.run(names, {"input_ids": np.array([ids], np.int64), **past})
    past = {f"past_{s['name']}": value for s, value in zip(states, after)}
    return logits[0, -1]


# A text begins after the end-of-text token; the ids of a prompt are the arguments of this program.
prompt = [end_of_text, *map(int, sys.argv[1:])]
drawn = []
logits = read(prefill, prompt)
for _ in range(200):
    token = int(logits.argmax())
    drawn.append(token)
    if token == end_of_text:
        break
    logits = read(decode, [token])
print(json.dumps(drawn))`;

/** What a graph reads and gives, as a table. */
function tableOf({ states, vocabularySize }: ExportFacts): string {
  const rows = states.map(
    ({ name, shape }) => `| \`past_${name}\` | \`present_${name}\` | float32 | [${shape.join(', ')}] |`,
  );
  return [
    '| input | output | type | shape |',
    '|---|---|---|---|',
    '| `input_ids` | | int64 | [1, 1] in decode.onnx, [1, sequence_length] in prefill.onnx |',
    `| | \`logits\` | float32 | [1, 1, ${vocabularySize}], after the last token |`,
    ...rows,
  ].join('\n');
}

/** The text that is written with the graphs; `opset` is the operator set they need. */
export function onnxReadme(facts: ExportFacts, opset: number): string {
  const limit =
    facts.cacheLength === null
      ? 'There is no limit to the number of tokens: the states do not grow.'
      : `A layer keeps tokens: at most ${facts.cacheLength} may be read, the prompt included, before the first are forgotten (\`pavlov export --cache-length\`).`;
  return `# A language model for ONNX Runtime

Written by \`pavlov export --to onnx\`.

| file | content |
|---|---|
| \`decode.onnx\` | the model on one token |
| \`prefill.onnx\` | the model on a prompt of any length from 1 token |
| \`tokenizer.json\` | the tokenizer for Hugging Face's tokenizers; absent where that would not give the same ids |
| \`pavlov.json\` | states with their shapes, end-of-text token, configuration, tokenizer |

Operator set ${opset} of \`ai.onnx\`, and \`com.microsoft\` 1 for the activation \`QuickGelu\`, which every build of ONNX
Runtime has. Checked with ONNX Runtime 1.30.

## Text and ids

Packages that read \`tokenizer.json\` turn text into ids and back: \`@huggingface/tokenizers\` in JavaScript, \`tokenizers\` in Python
(\`Tokenizer.from_file("tokenizer.json").encode(text).ids\`, and \`decode\`). So does \`ExportedModel\` of \`pavlov-lm/web\`, in Node
and in browsers, from \`pavlov.json\`: \`model.tokenizer.encode(text)\`.

## Inputs and outputs

${tableOf(facts)}

States are zero before the first token. Each \`present_*\` is fed back as \`past_*\`. \`recurrent.i\` is the memory S of
layer i by head, [1, heads, V, K], read as \`S q\`; \`conv.i\` holds the inputs of the short convolution at the last
tokens. ${limit}

A text begins after the end-of-text token, ${facts.endOfText}: a prompt is \`[${facts.endOfText}, ...ids]\`. The model ends a text with it.
Both graphs may be mixed in any way: a prompt read by \`prefill.onnx\` in several parts, or token by token by \`decode.onnx\`,
gives the same but for rounding.

## JavaScript

\`\`\`js
${JAVASCRIPT}
\`\`\`

## Python

\`\`\`python
${PYTHON}
\`\`\`
`;
}
