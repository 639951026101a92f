// The controller's own test files that run against the worker. The stage fails if the package has a test file that this table
// does not name, if a name below is not in its file, or if a test that is not named below was skipped.

/**
 * Files that run; `except` names their tests that do not run yet, each with the reason.
 * @type {Array<{file: string, except?: Record<string, string>}>}
 */
export const included = [
  { file: 'test-mediasoup.js' },
  { file: 'test-ortc.js' },
  { file: 'test-Worker.js' },
  { file: 'test-Router.js' },
  { file: 'test-PlainTransport.js' },
  { file: 'test-WebRtcServer.js' },
  { file: 'test-WebRtcTransport.js' },
  { file: 'test-multiopus.js' },
  { file: 'test-ActiveSpeakerObserver.js' },
  { file: 'test-AudioLevelObserver.js' },
  { file: 'test-Producer.js' },
  { file: 'test-Consumer.js' },
  { file: 'test-DirectTransport.js' },
  { file: 'test-PipeTransport.js' },
  { file: 'test-DataProducer.js' },
  { file: 'test-DataConsumer.js' },
  { file: 'test-werift-sctp.js' },
];

/** Files that do not run yet: name of the file to the reason. */
export const excluded = {};
