import { UsageError } from '../verb/exit-errors.js';
import { openExampleData } from './open-example-data.js';
import { openPieceData } from './open-piece-data.js';
import { openStreamData } from './open-stream-data.js';
import type { TrainingData, TrainingDataOptions } from './training-data.js';

/**
 * Encodes data and divides it into batches, as the app's packing asks.
 *
 * @throws UsageError for a memory of what is no stream.
 */
export async function openTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const {
    app,
    config: { memory = 0 },
  } = options;
  if (memory > 0 && app.packing !== 'stream') {
    throw new UsageError(
      `--memory: expected 0 for ${app.name}, whose examples are not parts of one stream, got ${memory}`,
    );
  }
  switch (app.packing) {
    case 'stream':
      return openStreamData(options);
    case 'examples':
      return openExampleData(options);
    case 'pieces':
      return openPieceData(options);
  }
}
