import { Conversation } from './conversation.js';

describe('Conversation', () => {
  const user = (content: string) => ({ role: 'user', content });
  const assistant = (content: string) => ({ role: 'assistant', content });

  it('places messages after the current text of the previous answer', () => {
    const conversation = new Conversation();
    conversation.say('Who?', '');
    conversation.say('Why?', 'Ahab.');
    expect(conversation.turns.value).toEqual([user('Who?'), assistant('Ahab.'), user('Why?')]);
    expect(conversation.length).toBe(2);
    conversation.restart();
    conversation.say('Where?', '');
    expect(conversation.turns.value).toEqual([user('Where?')]);
  });

  it('replaces a message and all that followed', () => {
    const conversation = new Conversation();
    for (const [message, answer] of [
      ['Who?', ''],
      ['Why?', 'Ahab.'],
      ['When?', 'Revenge.'],
    ] as const) {
      conversation.say(message, answer);
    }
    conversation.say('Where?', 'Ahab, again.', 1);
    expect(conversation.turns.value).toEqual([
      user('Who?'),
      assistant('Ahab, again.'),
      user('Where?'),
    ]);
    conversation.cutAfter(0);
    expect(conversation.turns.value).toEqual([user('Who?')]);
    conversation.say('What?', '', 0);
    expect(conversation.turns.value).toEqual([user('What?')]);
  });

  it('has its system prompt before all turns, unless it is blank', () => {
    const conversation = new Conversation();
    conversation.say('Who?', '');
    conversation.system.value = ' ';
    expect(conversation.messages).toEqual([user('Who?')]);
    conversation.system.value = 'Be brief.';
    expect(conversation.messages).toEqual([{ role: 'system', content: 'Be brief.' }, user('Who?')]);
  });
});
