import { Conversation } from './output.js';

describe('Conversation', () => {
  it('stores answers in their current form when the next message is sent', () => {
    const conversation = new Conversation();
    conversation.say('Who?', '');
    conversation.say('Why?', 'Ahab.');
    expect(conversation.turns.value).toEqual([
      { role: 'user', content: 'Who?' },
      { role: 'assistant', content: 'Ahab.' },
      { role: 'user', content: 'Why?' },
    ]);
    conversation.restart();
    conversation.say('Where?', 'Ahab.');
    expect(conversation.turns.value).toEqual([{ role: 'user', content: 'Where?' }]);
  });
});
