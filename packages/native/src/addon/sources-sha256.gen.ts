// npm run build:native
export const SOURCES_SHA256 = '2f51046c8cca6caa7965ef54fe6315d1a9801041dd53ba6dac58d4dd69d6e876';
