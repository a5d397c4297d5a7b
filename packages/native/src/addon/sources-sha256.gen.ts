// npm run build:native
export const SOURCES_SHA256 = 'ec0c0383c1879fb356d8b148d3fc004c70f8948f91609e9c60c2b1d807e6a6d4';
