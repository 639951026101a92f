// A controller that the test kills. It starts a worker by the npm package, creates a transport and prints the worker's pid.
import * as mediasoup from 'mediasoup';

const worker = await mediasoup.createWorker({ workerBin: process.argv[2] });
const router = await worker.createRouter();
await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' } });
console.log(worker.pid);
// Runs until it is killed.
setInterval(() => {}, 1_000_000);
