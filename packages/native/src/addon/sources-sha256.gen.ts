// npm run build:native
export const SOURCES_SHA256 = '3d182239a25eda7220ea4a451308e79c57a5b99fbf5fe81e4bfbe9ff377c7ff5';
