// npm run build:native
export const SOURCES_SHA256 = '842ed3b4feccb99aa299a16890d89778b5355b394b06020af41882681196e5b5';
