/** The worker that renders a chat template, which may loop without end. */
import { renderTemplate } from '@ramble/chat/thread';

import type { TemplateQuestion } from './chat-renderer.js';

addEventListener('message', ({ data }: MessageEvent<TemplateQuestion>) => {
  postMessage(renderTemplate(data.source, data.variables));
});
postMessage({ text: '' }); // it runs
