// Apart from the sinks: help, which needs no files, does not load what reads them.
export { fileError } from '@ramble/node';
