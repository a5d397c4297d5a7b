// npm run build:native
export const SOURCES_SHA256 = 'd9a61fd22964da010fec1360180482cb58bd768e32c55cea73d8a874ba3bfd04';
