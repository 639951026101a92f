// A page of the room in a browser under the control of a program, and its state.

// Enough pixels to distinguish pictures.
const kGrab = { width: 80, height: 60 };

export class Visitor {
  #page;

  /**
   * @param {{name: string, publish?: 'no', codec?: string, width?: number, height?: number, rate?: number,
   *   kilobits?: number}} query see page/main.mjs
   */
  static async enter(browser, url, query) {
    const visitor = new Visitor(await browser.newPage({ viewport: { width: 1000, height: 700 } }), query.name);
    await visitor.#page.goto(`${url}?${new URLSearchParams(query)}`);
    return visitor;
  }

  constructor(page, name) {
    this.#page = page;
    this.name = name;
    /** Errors of the page. */
    this.errors = [];
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('console', message => message.type() === 'error' && this.errors.push(message.text()));
  }

  get page() {
    return this.#page;
  }

  /** Returns each stream of the page with its counters: see streamStatistics(). */
  streams() {
    return this.#page.evaluate(() => globalThis.room.call?.statistics() ?? []);
  }

  /** Returns the connection states of its transports: { send, receive }. */
  states() {
    return this.#page.evaluate(() => globalThis.room.call?.states ?? {});
  }

  status() {
    return this.#page.textContent('#status');
  }

  /** Returns the brightness (0 to 255) of a few pixels of a visitor's current picture, or null if there is none. */
  async grab(name) {
    return this.#page.evaluate(
      ({ label, width, height }) => {
        const video = document.querySelector(`video[aria-label="${label}"]`);
        if (!video?.videoWidth) {
          return null;
        }
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0, width, height);
        const { data } = context.getImageData(0, 0, width, height);
        return Array.from({ length: width * height }, (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3);
      },
      { label: `Picture of ${name}`, ...kGrab },
    );
  }

  leave() {
    return this.#page.close();
  }
}
