// npm run build:native
export const SOURCES_SHA256 = '9a21b597c8af0786ce90568e97c55cd48caba80326d1ccaed0c068ce94fc5793';
