// The connection to the server: a stream of events, and requests by POST.
const news = [
  'welcome',
  'streamAdded',
  'streamRemoved',
  'channelAdded',
  'channelRemoved',
  'dominantSpeaker',
  'levels',
  'transportClosed',
];

/** Dispatches each event of the server as a CustomEvent with its data as `detail`, and 'lost' while the stream is interrupted. */
export class Signal extends EventTarget {
  #events;
  #token;

  constructor(name) {
    super();
    this.#events = new EventSource(`/events?${new URLSearchParams({ name })}`);
    for (const type of news) {
      this.#events.addEventListener(type, ({ data }) => this.#onNews(type, JSON.parse(data)));
    }
    // The browser reconnects, and the server sends a new welcome.
    this.#events.addEventListener('error', () => this.dispatchEvent(new CustomEvent('lost')));
  }

  async call(method, data = {}) {
    const response = await fetch('/call', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-token': this.#token },
      body: JSON.stringify({ method, data }),
    });
    const body = await response.json();
    if (!response.ok) {
      throw new Error(`${method}: ${body.error}`);
    }
    return body;
  }

  close() {
    this.#events.close();
  }

  #onNews(type, detail) {
    if (type === 'welcome') {
      this.#token = detail.token;
    }
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
