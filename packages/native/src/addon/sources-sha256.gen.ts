// npm run build:native
export const SOURCES_SHA256 = '89f8883eb205b7652b7f0fcce1bac8b1b1b99f7201fb25404f6e90aeea97c35b';
