"""The paper, reproduced.

Yichi Zhang and Zhiyao Duan, 'Visualization and interpretation of Siamese style convolutional neural networks for sound
search by vocal imitation'. Where each of its parts is:

| in the paper | here | command |
|---|---|---|
| figure 1, section 3: the towers and the FCN | `menura.specs`, `menura.network.towers`, `menura.network.iminet` | |
| the similarity, and its factorised form | `menura.model.score` | `menura search` |
| section 3.1: the two source tasks | `menura.training.pretraining` | `menura train language`, `environment` |
| section 3.2: pairs, loss and SGD of the fine-tuning | `menura.training.pairs`, `menura.training.pairwise` | |
| section 3.3: the split, and MRR within categories | `menura.corpora.catalogue`, `menura.evaluation.ranking` | |
| table 1: the configurations; the table | `networks`, `table1` | `menura reproduce table1` |
| section 2: the systems before it | `menura.evaluation.systems`, `systems` | `menura reproduce systems` |
| section 4.1: leaky ReLU of slope 0.3; gradient ascent | `menura.visualise.objectives`, `menura.visualise.ascent` | |
| equations 1 and 2: what is climbed | `menura.visualise.objectives`, `menura.visualise.ascent` | `menura visualise` |
| figures 2 and 3 | `figures` | `menura reproduce figure2`, `figure3` |
| sections 4.2 and 4.3: what was found | `findings`, `findings_picture` | `menura reproduce findings` |
| section 5: patterns made audible, left to future work | `menura.visualise.sonify` | `menura visualise` |
"""
