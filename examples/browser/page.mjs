import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { learn } from './learn.mjs';

setWasmPaths(new URL('./', import.meta.url).href); // a bundled page sets the location of the .wasm files

const [form] = document.forms;
const byId = (id) => document.getElementById(id);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const [text, prompt] = [byId('text').value, byId('prompt').value];
  const steps = Number(byId('steps').value);
  const [button, progress] = [form.querySelector('button'), byId('progress')];
  button.disabled = true;
  progress.hidden = false;
  byId('written').value = prompt;
  try {
    for await (const { step, loss, written } of learn(text, { steps, prompt, length: 200 })) {
      if (step !== undefined) {
        progress.value = step / steps;
        byId('loss').value = `step ${step} of ${steps}: a loss of ${loss.toFixed(3)} nats a letter`;
      } else {
        byId('written').value += written;
      }
      await new Promise(requestAnimationFrame); // lets the page draw
    }
  } catch (error) {
    byId('loss').value = error.message;
  } finally {
    button.disabled = false;
    progress.hidden = true;
  }
});
