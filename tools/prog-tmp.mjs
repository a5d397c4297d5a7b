import { createModel, createLearner, lossAndGradients, trainingConfig, ARCHITECTURES, modelConfig } from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import * as tf from '@tensorflow/tfjs-core';
await nativeEngine.load();
const base={vocabSize:65,contextLength:24,nLayer:2,nHead:4,nEmbd:32};
const cases={
 gpt2:[base,{}], dropout:[base,{dropout:0.2}], recompute:[base,{recompute:true,dropout:0.1}], smooth:[base,{labelSmoothing:0.1,zLoss:1e-3}],
 llama:[{...base,...ARCHITECTURES.llama},{}], gqa:[{...base,...ARCHITECTURES.llama,nKvHead:2,queryKeyNorm:'head'},{dropout:0.1}],
 around:[{...base,...ARCHITECTURES.llama,normPlace:'around',embeddingScale:3,logitCap:20,scoreCap:10,tiedHead:false},{}],
 relative:[{...base,attention:'relative'},{dropout:0.1}], local:[{...base,attention:'local',localBlock:8},{}], prefix:[{...base,attention:'prefix'},{}],
 inter:[base,{intermediateLosses:true}], alibi:[{...base,attention:'alibi'},{}], compressed:[{...base,attention:'compressed'},{}],
};
let seed=1; const rnd=n=>{seed=(seed*1103515245+12345)&0x7fffffff; return seed%n};
const batch=(B,T,V,extra)=>({batchSize:B,tokens:Int32Array.from({length:B*T},()=>rnd(V)),targets:Int32Array.from({length:B*T},()=>rnd(V)),weights:Float32Array.from({length:B*T},(_, i)=>i%5?1:0.5),...extra});
for (const [name,[mc,tc]] of Object.entries(cases)) for (const padded of [false,true]) {
  const model=createModel(mc,{seed:3});
  const config={...trainingConfig({...tc, maxSteps:10, gradAccumSteps:2}),seed:7};
  const learner=createLearner(model);
  const ext=padded?{lengths:Int32Array.of(20,24,3),prefixLengths:Int32Array.of(0,0,0)}:{};
  const bs=[batch(3,24,65,ext),batch(3,24,65,ext),batch(2,20,65)];
  const bad=new Set(); let same=true, worst=0, used;
  for (let step=0; step<3; step++) {
    const a=lossAndGradients(model,bs,config,2*step);
    const b=learner.lossAndGradients(bs,config,2*step);
    used = !('x' in b) && Object.values(b.gradients)[0];
    if (a.loss!==b.loss) {same=false; console.log('loss',a.loss,b.loss)}
    for (const k of Object.keys(a.gradients)) { const x=a.gradients[k].dataSync(), y=b.gradients[k].dataSync(); for (let i=0;i<x.length;i++) if (!Object.is(x[i],y[i]) && x[i]!==y[i]) {same=false; bad.add(k); worst=Math.max(worst,Math.abs(x[i]-y[i]));} }
    tf.dispose(a.gradients);
  }
  console.log(name, padded, same?'same':'DIFFERENT '+worst+' '+[...bad].join(' '));
  learner.dispose();
}
