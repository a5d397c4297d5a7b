export { asNobody } from './as-nobody.js';
export { mountSmallDisk } from './mount-small-disk.js';
export { spawnTypescript } from './spawn-typescript.js';
