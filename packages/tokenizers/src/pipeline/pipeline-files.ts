/** Name of the file that a run keeps beside a tokenizer.json which came from elsewhere. */
export const settingsFile = 'tokenizer-settings.json';

/** Name of Hugging Face's file of what a tokenizer.json does not say. */
export const configFile = 'tokenizer_config.json';
