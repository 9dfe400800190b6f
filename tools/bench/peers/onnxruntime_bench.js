// Times ONNX Runtime on the files of torch_export.py; JSON lines on standard output.
//
//   node onnxruntime_bench.js FOLDER conv conv_shapes.txt IMAGES THREADS SECONDS      (IMAGES: 1,32)
//   node onnxruntime_bench.js FOLDER inference NET IMAGES THREADS SECONDS
//   node onnxruntime_bench.js FOLDER first            start to first inference of tail.onnx, one thread
//
// Needs onnxruntime-node, found through NODE_PATH (tools/bench/compare says how to install it).
const started = process.hrtime.bigint();
const cpu = process.cpuUsage();
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const cpuMilliseconds = (from) => { const used = process.cpuUsage(from); return (used.user + used.system) / 1e3; };
const milliseconds = (from) => Number(process.hrtime.bigint() - from) / 1e6;
const [folder, what, ...rest] = process.argv.slice(2);

function session(file, threads) {
  return ort.InferenceSession.create(path.join(folder, file), {
    intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all',
  });
}

function input(images, shape) {
  const numbers = new Float32Array(images * shape.reduce((a, b) => a * b, 1)).map((_, i) => (i * 7919 % 255) / 255 - 0.5);
  return { x: new ort.Tensor('float32', numbers, [images, ...shape]) };
}

async function time(file, images, shape, threads, seconds, line) {
  const model = await session(file, threads);
  const x = input(images, shape);
  for (let i = 0; i < 3; ++i) await model.run(x);
  const times = [];
  const cpuBegin = process.cpuUsage();
  const begin = process.hrtime.bigint();
  while (times.length < 9 || milliseconds(begin) < 1e3 * seconds) {
    const start = process.hrtime.bigint();
    await model.run(x);
    times.push(milliseconds(start));
  }
  const cpuMs = cpuMilliseconds(cpuBegin) / times.length;
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ peer: 'ONNX Runtime', ...line, images, threads, runs: times.length,
    ms: times[times.length >> 1], best_ms: times[0], cpu_ms: cpuMs }));
  await model.release();
}

async function convolutions(shapes, images, threads, seconds) {
  const lines = fs.readFileSync(shapes, 'utf8').split('\n').filter((line) => line.trim() && line[0] !== '#');
  for (let i = 0; i < lines.length; ++i) {
    const [channels, out, h, w, kernel, stride, , groups] = lines[i].trim().split(/\s+/).map(Number);
    const name = `${kernel}x${kernel} ${channels}${groups > 1 ? ' dw' : `-${out}`} ${h}x${w}${stride > 1 ? ` /${stride}` : ''}`;
    for (const n of images) {
      await time(`conv_${i}.onnx`, n, [channels, h, w], threads, seconds, { bench: 'conv forward', case: name });
    }
  }
}

async function inference(net, images, threads, seconds) {
  const side = { resnet20: 32, 'slimmable-encoder': 384 }[net] || 224;
  for (const width of net === 'slimmable-encoder' ? ['0.25', '0.5', '0.75', '1'] : ['1']) {
    const file = net === 'slimmable-encoder' ? `${net}_${width}.onnx` : `${net}.onnx`;
    await time(file, images, [3, side, side], threads, seconds, { bench: 'inference', case: net, width });
  }
}

async function first() {
  const model = await session('tail.onnx', 1);
  await model.run(input(1, [16, 32, 32]));
  // Without the start of Node itself, which a C++ program would not have.
  console.log(JSON.stringify({ peer: 'ONNX Runtime', bench: 'first inference', case: 'tail of resnet20',
    ms: milliseconds(started), cpu_ms: cpuMilliseconds(cpu), rss_mb: process.resourceUsage().maxRSS / 1024 }));
}

(async () => {
  if (what === 'first') return first();
  const [name, images, threads, seconds] = [rest[0], rest[1], Number(rest[2]), Number(rest[3])];
  if (what === 'conv') return convolutions(name, images.split(',').map(Number), threads, seconds);
  return inference(name, Number(images), threads, seconds);
})().catch((error) => { console.error(error); process.exit(1); });
