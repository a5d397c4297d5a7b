// npm run build:native
export const SOURCES_SHA256 = 'd667193c17e61cce2c68e8c2c6da9958a34c79f752965ef61c2d8aaca9daa357';
