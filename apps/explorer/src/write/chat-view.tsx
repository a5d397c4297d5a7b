import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { LinkButton } from '../shell/buttons.js';
import { StartButton } from './controls.js';
import { OutputCard } from './output-card.js';
import { type Shade, tokenTexts } from './output-text.js';
import { Examples } from './prompt-box.js';
import type { Writing } from './writing.js';

/** A conversation: messages and answers in turn, and below them the box for the next message. */
export default function ChatView(props: {
  readonly writing: Writing;
  readonly shade: Shade;
}): JSX.Element {
  const { writing, shade } = props;
  const end = useFollowedEnd(writing);
  const messages = writing.conversation.turns.value.filter(({ role }) => role === 'user');
  const outputs = writing.outputs.value;
  return (
    <>
      {messages.length > 0 && (
        <ol class="turns" aria-label="Conversation">
          {messages.flatMap(({ content }, i) => {
            const output = outputs[i];
            return [
              <Message key={`message ${i}`} {...{ writing, content, index: i }} />,
              output && (
                <li key={`answer ${i}`} class="turn turn-assistant">
                  <OutputCard {...{ writing, output, shade }} place={i} />
                </li>
              ),
            ];
          })}
        </ol>
      )}
      <div ref={end} />
      <MessageBox writing={writing} />
      <PromptParts writing={writing} />
    </>
  );
}

/** A message of the user, which can be edited. */
function Message(props: {
  readonly writing: Writing;
  readonly content: string;
  readonly index: number;
}): JSX.Element {
  const { writing, content, index } = props;
  const { editing } = writing.conversation;
  if (editing.value === index) return <EditedMessage {...props} />;
  return (
    <li class="turn turn-user">
      <p dir="auto">{content}</p>
      {!writing.isWriting.value && (
        <LinkButton label="Edit" onClick={() => (editing.value = index)} />
      )}
    </li>
  );
}

/** A message while it is edited. Sending it removes all later messages and answers. */
function EditedMessage(props: {
  readonly writing: Writing;
  readonly content: string;
  readonly index: number;
}): JSX.Element {
  const { writing, content, index } = props;
  const text = useSignal(content);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = () => void writing.say(text.peek(), index);
  return (
    <li class="turn turn-user turn-edit">
      <textarea
        ref={field}
        aria-label="Edited message"
        dir="auto"
        rows={3}
        value={text.value}
        onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        onKeyDown={(event) => sendByEnter(event, send)}
      />
      <div class="controls">
        <button type="button" class="button" disabled={text.value.trim() === ''} onClick={send}>
          Send again
        </button>
        <LinkButton
          label="Cancel"
          onClick={() => (writing.conversation.editing.value = undefined)}
        />
      </div>
    </li>
  );
}

/** Examples of a first message. */
const MESSAGES = [
  'What is a language model?',
  'Write a short poem about the sea.',
  'Give me three ideas for a rainy Sunday.',
];

/** The box for the next message, which stays in sight. */
function MessageBox({ writing }: { readonly writing: Writing }): JSX.Element {
  const { conversation, given } = writing;
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <section class="panel chat-box" aria-label="Message">
      <div class="prompt">
        <label for="prompt" class="prompt-label">
          Message
        </label>
        <textarea
          ref={field}
          id="prompt"
          dir="auto"
          rows={2}
          placeholder="Enter sends, Shift+Enter begins a new line"
          value={given.value.text}
          onInput={({ currentTarget }) => (given.value = { text: currentTarget.value })}
          onKeyDown={(event) => {
            sendByEnter(event, () => void writing.start());
          }}
        />
        {conversation.length === 0 && <Examples writing={writing} texts={MESSAGES} field={field} />}
      </div>
      <div class="controls">
        <StartButton writing={writing} />
        {conversation.length > 0 && (
          <LinkButton label="New conversation" onClick={() => writing.restart()} />
        )}
      </div>
    </section>
  );
}

/** The system prompt, and the prompt of the last answer as the template renders it. */
function PromptParts({ writing }: { readonly writing: Writing }): JSX.Element {
  const { conversation, outputs } = writing;
  const tokens = outputs.value.at(-1)?.encoded.value?.tokens ?? [];
  return (
    <div class="chat-parts">
      <details>
        <summary>System prompt</summary>
        <textarea
          aria-label="System prompt"
          dir="auto"
          rows={2}
          placeholder="Instructions before the first message; they apply from the next message on"
          value={conversation.system.value}
          onInput={({ currentTarget }) => (conversation.system.value = currentTarget.value)}
        />
      </details>
      {tokens.length > 0 && (
        <details>
          <summary>The prompt as the model reads it</summary>
          <pre tabIndex={0} aria-label="Prompt by the template">
            {tokenTexts(tokens).join('')}
          </pre>
        </details>
      )}
    </div>
  );
}

/**
 * Sends the message when Enter is pressed. With Shift, or while an input method composes a word, Enter has its usual
 * effect.
 */
function sendByEnter(event: KeyboardEvent, send: () => void): void {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
}

/**
 * Scrolls with the last answer as long as its end is visible.
 *
 * @returns a ref for an empty element after the answers.
 */
function useFollowedEnd({ conversation, outputs }: Writing): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (seen) => (isAtEnd.current = seen.at(-1)?.isIntersecting ?? true),
      { rootMargin: '0px 0px 64px 0px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  const messages = useRef(0);
  useSignalEffect(() => {
    const isNew = conversation.length > messages.current;
    messages.current = conversation.length;
    if (!outputs.value.at(-1)?.text.length.value && !isNew) return;
    if (!isNew && !isAtEnd.current) return;
    requestAnimationFrame(() => end.current?.scrollIntoView({ block: 'center' }));
  });
  return end;
}
