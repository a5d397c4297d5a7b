// npm run build:native
export const SOURCES_SHA256 = '9c8767efc27e57b241acc10833a192be58554d28a2a4be51d6ee25de0de21f11';
