// npm run build:native
export const SOURCES_SHA256 = 'e80099580d791992d63a5b1b61d2c30515cfbd02c9cbc9951dcb82124522238c';
