// A visitor on the page: picture, sound and the figures of its streams.

const kNothing = '–';

/** Browsers report whole milliseconds for some streams. */
function roundTrip(milliseconds) {
  if (milliseconds === null) {
    return kNothing;
  }
  return milliseconds < 1 ? '< 1 ms' : `${milliseconds.toFixed(0)} ms`;
}

function cellsOf({ kind, codec, bitrate, width, height, frameRate, lossShare, roundTripMs }) {
  const video = kind === 'video';
  return [
    (bitrate / 1000).toFixed(0),
    video && width ? `${width}×${height}` : kNothing,
    video ? frameRate.toFixed(1) : kNothing,
    `${(100 * lossShare).toFixed(1)} %`,
    roundTrip(roundTripMs),
  ].concat(codec.split('/')[1] ?? kind);
}

export class Tile {
  #item;
  #video;
  #media = new MediaStream();
  #rows = new Map();

  /** @param {{name: string, own: boolean}} who own: true for the visitor of this page, whose sound is not played */
  constructor(list, { name, own }) {
    this.#item = document.querySelector('#tile').content.cloneNode(true).firstElementChild;
    this.#item.querySelector('h2').textContent = own ? `${name} (you)` : name;
    this.#video = this.#item.querySelector('video');
    this.#item.querySelector('meter').setAttribute('aria-label', `Sound of ${name}`);
    this.#video.muted = own;
    this.#video.setAttribute('aria-label', `Picture of ${name}`);
    this.#video.srcObject = this.#media;
    this.#item.querySelector('table').setAttribute('aria-label', `Streams of ${name}`);
    list.append(this.#item);
  }

  add(track, producerId) {
    this.#media.addTrack(track);
    this.#rows.set(producerId, { track, row: this.#item.querySelector('tbody').insertRow() });
  }

  /** Returns true if streams are left. */
  remove(producerId) {
    const entry = this.#rows.get(producerId);
    if (entry) {
      this.#media.removeTrack(entry.track);
      entry.row.remove();
      this.#rows.delete(producerId);
    }
    return this.#rows.size > 0;
  }

  /** Rejects if the browser plays no sound before the visitor has interacted with the page. */
  play() {
    return this.#video.play();
  }

  show(statistics) {
    const row = this.#rows.get(statistics.producerId)?.row;
    if (!row) {
      return;
    }
    const cells = cellsOf(statistics);
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = `${statistics.kind}, ${cells.pop()}`;
    row.replaceChildren(
      head,
      ...cells.map(text => {
        const cell = document.createElement('td');
        cell.textContent = text;
        return cell;
      }),
    );
  }

  /** @param {boolean} dominant the visitor is the dominant speaker */
  highlight(dominant) {
    this.#item.classList.toggle('dominant', dominant);
  }

  /** @param {number} level in dBov: -127 (silence) to 0 */
  meter(level) {
    this.#item.querySelector('meter').value = level;
  }

  close() {
    this.#video.srcObject = null;
    this.#item.remove();
  }
}
