// A controller that the test kills: it starts a worker by the npm package, has it hold a transport, and says its pid.
import * as mediasoup from 'mediasoup';

const worker = await mediasoup.createWorker({ workerBin: process.argv[2] });
const router = await worker.createRouter();
await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' } });
console.log(worker.pid);
// Stays until it is killed.
setInterval(() => {}, 1_000_000);
