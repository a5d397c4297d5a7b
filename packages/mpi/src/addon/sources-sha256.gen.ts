// npm run build:native
export const SOURCES_SHA256 = '76b0a4666ddf6c9ad12b2ce283805d3f24076d8793b557a3118b046181c4fc57';
