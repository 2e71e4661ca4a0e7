import type { Verb } from './contract.js';
import { bench } from './bench/bench.js';
import { compare } from './compare/compare.js';
import { chat } from './chat/chat.js';
import { checkVerbs } from './check/check.js';
import { config } from './config/config.js';
import { data } from './data/data.js';
import { doctor } from './doctor/doctor.js';
import { evalVerb } from './eval/eval.js';
import { exportVerb } from './export/export.js';
import { generate } from './generate/generate.js';
import { grid } from './grid/grid.js';
import { importVerb } from './import/import.js';
import { lab } from './lab/lab.js';
import { memory } from './memory/memory.js';
import { play } from './play/play.js';
import { recall } from './recall/recall.js';
import { resume } from './resume/resume.js';
import { serve } from './serve/serve.js';
import { train } from './train/train.js';
import { verdict } from './verdict/verdict.js';
import { worker } from './worker/worker.js';

/** Every verb, in the order of `pavlov --help`. */
export const verbs: readonly Verb[] = [
  train,
  resume,
  generate,
  chat,
  play,
  serve,
  exportVerb,
  importVerb,
  evalVerb,
  memory,
  recall,
  compare,
  verdict,
  grid,
  worker,
  lab,
  ...checkVerbs,
  data,
  config,
  doctor,
  bench,
];
