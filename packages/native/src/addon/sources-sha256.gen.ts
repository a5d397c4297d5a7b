// npm run build:native
export const SOURCES_SHA256 = '453844124a08b84d3cbdb3f857308adf5615fba75784cec1acdc5430fe60a904';
