// The controller's generated FlatBuffers classes, and its own objects, which the package does not export by name.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const lib = path.dirname(require.resolve('mediasoup'));
const load = name => require(path.join(lib, name));

export const flatbuffers = require('flatbuffers');
export const { Message, Body: MessageBody } = load('fbs/message');
export const { Request, Method, Body: RequestBody } = load('fbs/request');
export const { Response } = load('fbs/response');
export const { Notification, Event, Body: NotificationBody } = load('fbs/notification');
export const { Log } = load('fbs/log');
export const FbsWorker = load('fbs/worker');
export const FbsProducer = load('fbs/producer');
export const FbsTransport = load('fbs/transport');
export const { RouterImpl } = load('Router');
export const { generateRouterRtpCapabilities } = load('ortc');

/** All request methods of the schema, as { name, value }. */
export const methods = Object.keys(Method)
  .filter(name => Number.isNaN(Number(name)))
  .map(name => ({ name, value: Method[name] }));
