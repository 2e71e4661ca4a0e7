/**
 * A model that writes in the browser, and what its heads hold afterwards.
 *
 *   npx pavlov export checkpoints/RUN --to onnx --out page/public/model      in a project of your own, with this folder
 *   npx vite page                                                            as page, onnxruntime-web and vite
 */
import * as ort from 'onnxruntime-web';
import { ExportedModel } from 'pavlov-lm/web';

const find = (selector) => document.querySelector(selector);
const [form, button, status, output] = ['form', 'button', '#status', 'output'].map(find);

/** A file of the export, from beside this page. */
async function read(name) {
  const response = await fetch(`model/${name}`);
  if (!response.ok)
    throw new Error(`model/${name}: ${response.status}; export a model to public/model first`);
  return new Uint8Array(await response.arrayBuffer());
}

const ABOVE_ZERO = [220, 80, 60]; // red and blue that are seen on white and on black
const BELOW_ZERO = [80, 130, 240];

/** A picture of each head's matrix, [V,K]: blue below zero, red above, as opaque as the number is large beside the largest. */
function showMemories(model) {
  const canvases = model
    .memories()
    .filter(({ shape }) => shape.length === 4)
    .flatMap(({ name, shape: [, heads, V, K], values }) =>
      Array.from({ length: heads }, (_, head) => {
        const matrix = values.subarray(head * V * K, (head + 1) * V * K);
        const most = matrix.reduce((max, x) => Math.max(max, Math.abs(x)), 0) || 1;
        const canvas = Object.assign(document.createElement('canvas'), { width: K, height: V });
        canvas.title = `${name}, head ${head}: largest number ${most.toFixed(2)}`;
        canvas.role = 'img';
        canvas.ariaLabel = canvas.title;
        const image = new ImageData(K, V);
        matrix.forEach((x, i) =>
          image.data.set([...(x < 0 ? BELOW_ZERO : ABOVE_ZERO), (255 * Math.abs(x)) / most], 4 * i),
        );
        canvas.getContext('2d').putImageData(image, 0, 0);
        return canvas;
      }),
    );
  find('#memories').replaceChildren(...canvases);
}

async function write(model) {
  button.disabled = true;
  output.textContent = form.prompt.value;
  const start = performance.now();
  try {
    for await (const piece of model.generate({ prompt: form.prompt.value, temperature: 0, tokens: 200 }))
      output.textContent += piece;
    const seconds = (performance.now() - start) / 1000;
    status.textContent = `${model.tokensRead} tokens in ${seconds.toFixed(1)} s`;
    showMemories(model);
  } catch (error) {
    status.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

try {
  const gpu = await navigator.gpu?.requestAdapter();
  const executionProviders = gpu ? ['webgpu', 'wasm'] : ['wasm'];
  const model = await ExportedModel.load(ort, read, { executionProviders });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void write(model);
  });
  status.textContent = 'Ready';
  button.disabled = false;
} catch (error) {
  status.textContent = error.message;
}
