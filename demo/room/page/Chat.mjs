// The chat: messages of all visitors, each of whom has a data channel to all others.

// The oldest messages disappear.
const kMessagesMax = 200;

export const kChatLabel = 'chat';

export class Chat {
  #list;
  #channel = null;

  constructor(section, { name }) {
    this.#list = section.querySelector('ol');
    section.querySelector('form').onsubmit = event => {
      event.preventDefault();
      const input = event.target.elements.text;
      const text = input.value.trim();
      if (text && this.#channel) {
        this.#channel.send(text);
        this.show(name, text);
        input.value = '';
      }
    };
  }

  async start(call) {
    this.#channel = await call.open({ label: kChatLabel });
  }

  /** Shows what arrives on a channel of another visitor. */
  listen({ dataConsumer, name }) {
    dataConsumer.on('message', text => this.show(name, String(text)));
  }

  show(name, text) {
    const item = document.createElement('li');
    const who = document.createElement('strong');
    who.textContent = `${name}: `;
    item.append(who, text);
    this.#list.append(item);
    if (this.#list.children.length > kMessagesMax) {
      this.#list.firstElementChild.remove();
    }
    item.scrollIntoView({ block: 'nearest' });
  }
}
