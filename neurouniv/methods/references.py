"""What is cited: every reference once, with the fields that a source confirmed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from neurouniv.datasets.registry import registry
from neurouniv.schema import __version__


class Reference(NamedTuple):
    """One entry of BibTeX."""

    key: str
    kind: str
    label: str
    """Authors and year, as they stand in a text."""
    fields: Mapping[str, str]

    @property
    def link(self) -> str:
        """Where it is found; "" where that is not known."""
        fields = self.fields
        if "doi" in fields:
            return f"https://doi.org/{fields['doi']}"
        return f"https://arxiv.org/abs/{fields['eprint']}" if "eprint" in fields else fields.get("url", "")

    def bibtex(self) -> str:
        """The entry as BibTeX."""
        width = max(map(len, self.fields))
        lines = [f"  {name:<{width}} = {{{_written(name, value)}}}" for name, value in self.fields.items()]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(lines) + "\n}"


def _written(name: str, value: str) -> str:
    """A value between braces: what BibTeX would read as its own is written out, but not in addresses."""
    return value if name in ("doi", "eprint", "url") else re.sub(r"(?<!\\)([&%#_])", r"\\\1", value)


def _paper(key: str, label: str, author: str, title: str, journal: str, year: int, **more: str) -> Reference:
    fields = {"author": author, "title": title, "journal": journal, "year": str(year), **more}
    return Reference(key, "article", label, fields)


def _talk(key: str, label: str, author: str, title: str, booktitle: str, year: int, **more: str) -> Reference:
    fields = {"author": author, "title": title, "booktitle": booktitle, "year": str(year), **more}
    return Reference(key, "inproceedings", label, fields)


def _software(key: str, label: str, title: str, author: str, **more: str) -> Reference:
    return Reference(key, "software", label, {"title": title, "author": author, **more})


_NEURIPS = "Advances in Neural Information Processing Systems"
_PLOS, _NC = "PLoS Computational Biology", "Neural Computation"
_ALL = (
    _talk("vanrossem2024representations", "van Rossem & Saxe, 2024", "van Rossem, Loek and Saxe, Andrew M.",
          "When Representations Align: Universality in Representation Learning Dynamics",
          "International Conference on Machine Learning (ICML)", 2024, pages="49098--49121",
          series="Proceedings of Machine Learning Research", volume="235", eprint="2402.09142", archiveprefix="arXiv"),
    _paper("kriegeskorte2008rsa", "Kriegeskorte et al., 2008",
           "Kriegeskorte, Nikolaus and Mur, Marieke and Bandettini, Peter",
           "Representational similarity analysis: connecting the branches of systems neuroscience",
           "Frontiers in Systems Neuroscience", 2008, volume="2", pages="4", doi="10.3389/neuro.06.004.2008"),
    _paper("walther2016reliability", "Walther et al., 2016",
           "Walther, Alexander and Nili, Hamed and Ejaz, Naveed and Alink, Arjen and Kriegeskorte, Nikolaus and "
           "Diedrichsen, Jörn", "Reliability of dissimilarity measures for multi-voxel pattern analysis", "NeuroImage",
           2016, volume="137", pages="188--200", doi="10.1016/j.neuroimage.2015.12.012"),
    _paper("nili2014toolbox", "Nili et al., 2014",
           "Nili, Hamed and Wingfield, Cai and Walther, Alexander and Su, Li and Marslen-Wilson, William and "
           "Kriegeskorte, Nikolaus", "A toolbox for representational similarity analysis", _PLOS, 2014, volume="10",
           number="4", pages="e1003553", doi="10.1371/journal.pcbi.1003553"),
    _paper("schuett2023inference", "Schütt et al., 2023",
           "Schütt, Heiko H. and Kipnis, Alexander D. and Diedrichsen, Jörn and Kriegeskorte, Nikolaus",
           "Statistical inference on representational geometries", "eLife", 2023, volume="12", pages="e82566",
           doi="10.7554/eLife.82566"),
    _paper("khalighrazavi2014deep", "Khaligh-Razavi & Kriegeskorte, 2014",
           "Khaligh-Razavi, Seyed-Mahdi and Kriegeskorte, Nikolaus",
           "Deep supervised, but not unsupervised, models may explain IT cortical representation", _PLOS, 2014,
           volume="10", number="11", pages="e1003915", doi="10.1371/journal.pcbi.1003915"),
    Reference("diedrichsen2020whitened", "misc", "Diedrichsen et al., 2020", {
        "author": "Diedrichsen, Jörn and Berlot, Eva and Mur, Marieke and Schütt, Heiko H. and Shahbazi, Mahdiyar and "
        "Kriegeskorte, Nikolaus", "year": "2020", "eprint": "2007.02789", "archiveprefix": "arXiv",
        "title": "Comparing representational geometries using whitened unbiased-distance-matrix similarity"}),
    _paper("ledoit2004wellconditioned", "Ledoit & Wolf, 2004", "Ledoit, Olivier and Wolf, Michael",
           "A well-conditioned estimator for large-dimensional covariance matrices", "Journal of Multivariate Analysis",
           2004, volume="88", number="2", pages="365--411", doi="10.1016/S0047-259X(03)00096-4"),
    _paper("berger1982multiparameter", "Berger, 1982", "Berger, Roger L.",
           "Multiparameter hypothesis testing and acceptance sampling", "Technometrics", 1982, volume="24", number="4",
           pages="295--300", doi="10.1080/00401706.1982.10487790"),
    _talk("glorot2010understanding", "Glorot & Bengio, 2010", "Glorot, Xavier and Bengio, Yoshua",
          "Understanding the difficulty of training deep feedforward neural networks",
          "International Conference on Artificial Intelligence and Statistics (AISTATS)", 2010, pages="249--256",
          series="Proceedings of Machine Learning Research", volume="9",
          url="https://proceedings.mlr.press/v9/glorot10a.html"),
    _talk("nayebi2020identifying", "Nayebi et al., 2020",
          "Nayebi, Aran and Srivastava, Sanjana and Ganguli, Surya and Yamins, Daniel L. K.",
          "Identifying learning rules from neural network observables", _NEURIPS, 2020, volume="33",
          pages="2639--2650", eprint="2010.11765", archiveprefix="arXiv"),
    _paper("flesch2022orthogonal", "Flesch et al., 2022",
           "Flesch, Timo and Juechems, Keno and Dumbalska, Tsvetomira and Saxe, Andrew and Summerfield, Christopher",
           "Orthogonal representations for robust context-dependent task performance in brains and neural networks",
           "Neuron", 2022, volume="110", number="7", pages="1258--1270", doi="10.1016/j.neuron.2022.01.005"),
    # learning rules
    _paper("rumelhart1986learning", "Rumelhart et al., 1986",
           "Rumelhart, David E. and Hinton, Geoffrey E. and Williams, Ronald J.",
           "Learning representations by back-propagating errors", "Nature", 1986, volume="323", pages="533--536",
           doi="10.1038/323533a0"),
    _paper("lillicrap2016random", "Lillicrap et al., 2016",
           "Lillicrap, Timothy P. and Cownden, Daniel and Tweed, Douglas B. and Akerman, Colin J.",
           "Random synaptic feedback weights support error backpropagation for deep learning",
           "Nature Communications", 2016, volume="7", pages="13276", doi="10.1038/ncomms13276"),
    _talk("nokland2016direct", "Nøkland, 2016", "Nøkland, Arild",
          "Direct feedback alignment provides learning in deep neural networks", _NEURIPS, 2016, volume="29",
          eprint="1609.01596", archiveprefix="arXiv"),
    _talk("kolen1994backpropagation", "Kolen & Pollack, 1994", "Kolen, John F. and Pollack, Jordan B.",
          "Backpropagation without weight transport", "IEEE International Conference on Neural Networks", 1994,
          volume="3", doi="10.1109/ICNN.1994.374486"),
    _talk("akrout2019deep", "Akrout et al., 2019",
          "Akrout, Mohamed and Wilson, Collin and Humphreys, Peter C. and Lillicrap, Timothy and Tweed, Douglas B.",
          "Deep learning without weight transport", _NEURIPS, 2019, eprint="1904.05391", archiveprefix="arXiv"),
    _talk("krogh1991simple", "Krogh & Hertz, 1991", "Krogh, Anders and Hertz, John A.",
          "A simple weight decay can improve generalization", _NEURIPS, 1991, volume="4", pages="950--957"),
    _paper("werfel2005learning", "Werfel et al., 2005", "Werfel, Justin and Xie, Xiaohui and Seung, H. Sebastian",
           "Learning curves for stochastic gradient descent in linear feedforward networks", _NC, 2005, volume="17",
           pages="2699--2718"),
    _paper("fremaux2016neuromodulated", "Frémaux & Gerstner, 2016", "Frémaux, Nicolas and Gerstner, Wulfram",
           "Neuromodulated spike-timing-dependent plasticity, and theory of three-factor learning rules",
           "Frontiers in Neural Circuits", 2016, volume="9", pages="85", doi="10.3389/fncir.2015.00085"),
    _paper("whittington2017approximation", "Whittington & Bogacz, 2017",
           "Whittington, James C. R. and Bogacz, Rafal",
           "An approximation of the error backpropagation algorithm in a predictive coding network with local Hebbian "
           "synaptic plasticity", _NC, 2017, volume="29", number="5", pages="1229--1262", doi="10.1162/NECO_a_00949"),
    _talk("jacot2018neural", "Jacot et al., 2018", "Jacot, Arthur and Gabriel, Franck and Hongler, Clément",
          "Neural tangent kernel: convergence and generalization in neural networks", _NEURIPS, 2018, volume="31",
          pages="8571--8580", eprint="1806.07572", archiveprefix="arXiv"),
    # software
    _software("neurouniv", "The neurouniv developers", "neurouniv: do implementation details matter for learning?",
              "{The neurouniv developers}", version=__version__, license="BSD-3-Clause"),
    _software("rsatoolbox", "The rsatoolbox developers", "rsatoolbox", "{The rsatoolbox developers}",
              url="https://github.com/rsagroup/rsatoolbox"),
    _talk("paszke2019pytorch", "Paszke et al., 2019", "Paszke, Adam and others",
          "PyTorch: an imperative style, high-performance deep learning library", _NEURIPS, 2019, volume="32",
          eprint="1912.01703", archiveprefix="arXiv"),
    _paper("hoyer2017xarray", "Hoyer & Hamman, 2017", "Hoyer, Stephan and Hamman, Joe",
           "xarray: N-D labeled arrays and datasets in Python", "Journal of Open Research Software", 2017, volume="5",
           number="1", pages="10", doi="10.5334/jors.148"),
    _paper("gramfort2013meg", "Gramfort et al., 2013", "Gramfort, Alexandre and others",
           "MEG and EEG data analysis with MNE-Python", "Frontiers in Neuroscience", 2013, volume="7", pages="267",
           doi="10.3389/fnins.2013.00267"),
    _paper("ruebel2022neurodata", "Rübel et al., 2022", "Rübel, Oliver and others",
           "The Neurodata Without Borders ecosystem for neurophysiological data science", "eLife", 2022,
           volume="11", pages="e78362", doi="10.7554/eLife.78362"),
    _paper("garcia2014neo", "Garcia et al., 2014", "Garcia, Samuel and others",
           "Neo: an object model for handling electrophysiology data in multiple formats",
           "Frontiers in Neuroinformatics", 2014, volume="8", pages="10", doi="10.3389/fninf.2014.00010"),
    _paper("viejo2023pynapple", "Viejo et al., 2023", "Viejo, Guillaume and others",
           "Pynapple, a toolbox for data analysis in neuroscience", "eLife", 2023, doi="10.7554/eLife.85786"),
    _software("nibabel", "The NiBabel developers", "NiBabel", "{The NiBabel developers}", url="https://nipy.org/nibabel",
              doi="10.5281/zenodo.591597"),
)  # fmt: skip
REFERENCES = {reference.key: reference for reference in _ALL}
"""Every field was compared with a source; what no source confirmed is left out."""


def references_of(keys: list[str]) -> dict[str, Reference]:
    """The references of keys; those of data sets are made of the registry's citations.

    Examples
    --------
    >>> references_of(["walther2016reliability"])["walther2016reliability"].link
    'https://doi.org/10.1016/j.neuroimage.2015.12.012'
    """
    return {key: REFERENCES[key] if key in REFERENCES else of_dataset(key) for key in keys}


def of_dataset(key: str) -> Reference:
    """The reference of a data set of the registry, whose key is `dataset_NAME`."""
    name = key.removeprefix("dataset_")
    entry = registry()[name]
    year = re.search(r"\((\d{4})\)", entry.citation)
    fields = {"note": entry.citation, "howpublished": f"Data set {name}"}
    fields |= {"year": year.group(1)} if year else {}
    fields |= {"doi": entry.doi} if entry.doi else {}
    label = re.sub(r"\s*\((\d{4})\).*", r", \1", entry.citation) if year else f"data set {name}"
    return Reference(key, "misc", label, fields)
