// npm run build:native
export const SOURCES_SHA256 = '57b11b9a04f4b1d5be80dcc32ab8776a7ca833df302863261578a1246cf8ed7b';
